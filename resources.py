"""Where do the templates, static files and migrations lie, and which release is this? In a checkout and in an installed package alike.

A checkout has these folders beside this file. The wheel puts them into one folder of its own, because names such as `templates` or
`static` would be anybody's among installed packages (docs/adr/0005).
"""

import functools
from pathlib import Path

CODE = Path(__file__).parent
"""The folder that holds our packages: the checkout, or `site-packages`."""
_INSTALLED = CODE / "largesse_files"


def installed() -> bool:
    """Whether this runs from an installed package, not from a checkout."""
    return _INSTALLED.is_dir()


def folder(name: str) -> Path:
    """The folder `templates`, `static` or `migrations`."""
    return (_INSTALLED if installed() else CODE) / name


@functools.cache
def newest_migration() -> str:
    """The revision of the database that this code needs: files are numbered, in one line."""
    return max(file.stem.partition("_")[0] for file in (folder("migrations") / "versions").glob("[0-9]*.py"))


def release() -> str:
    """The number of this release, as `pyproject.toml` says it."""
    if installed():
        import importlib.metadata

        return importlib.metadata.version("largesse")
    import tomllib

    number: str = tomllib.loads((CODE / "pyproject.toml").read_text())["project"]["version"]
    return number
