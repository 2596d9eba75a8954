"""`make new-provider name=acme`: what does a new adapter begin as? A module, its recordings and its page, written from three texts.

The adapter it writes speaks JSON over HTTP and passes nothing yet that a real provider must be asked for: every place to look up in
the provider's own documentation says LOOK UP.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLACES = {
    "adapter.txt": "integrations/providers/{key}.py",
    "recordings.txt": "tests/integrations/recordings/{key}.py",
    "page.txt": "docs/providers/{key}.md",
}


class NotWritten(Exception):
    """Nothing was written; the text says why."""


def write(key: str, root: Path = ROOT) -> list[Path]:
    """Write the three files of a provider; their paths. Raises NotWritten where the name is no name, or taken."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", key):
        raise NotWritten("Name it in small letters, as its module is called: make new-provider name=acme")
    files = {root / place.format(key=key): (HERE / text).read_text() for text, place in PLACES.items()}
    if taken := [path for path in files if path.exists() or path.with_suffix("").is_dir()]:
        raise NotWritten(f"There is one already: {taken[0].relative_to(root)}")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("acme", key).replace("Acme", key.replace("_", " ").title()))
    return list(files)
