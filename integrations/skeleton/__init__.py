"""`make new-provider name=acme`: what does a new adapter begin as? A module, its recordings, its stand-in and its page, written from texts.

The adapter it writes speaks JSON over HTTP. Every place to look up in the provider's own documentation says LOOK UP, and as long as one
is left, `tests/integrations/test_every_provider.py` fails and names it.
"""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parent
ROOT = TEMPLATES.parent.parent
FILES = {
    "adapter.txt": "integrations/providers/{key}.py",
    "recordings.txt": "tests/integrations/recordings/{key}.py",
    "standin.txt": "tests/integrations/standins/{key}.py",
    "page.txt": "docs/providers/{key}.md",
}


class NotWritten(Exception):
    """Nothing was written; the text says why."""


def write(key: str, root: Path = ROOT) -> list[Path]:
    """Write the files of a provider; their paths. Raises NotWritten where the name is no name, or taken."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", key):
        raise NotWritten("Name it in small letters, as its module is called: make new-provider name=acme")
    files = {root / place.format(key=key): (TEMPLATES / text).read_text() for text, place in FILES.items()}
    if taken := [path for path in files if path.exists() or path.with_suffix("").is_dir()]:
        raise NotWritten(f"There is one already: {taken[0].relative_to(root)}")
    name = key.replace("_", " ").title()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("AcmeStandIn", f"{name.replace(' ', '')}StandIn").replace("acme", key).replace("Acme", name))
    return list(files)
