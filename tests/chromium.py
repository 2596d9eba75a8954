"""Which Chromium do the journeys drive? $CHROMIUM, one on PATH, or one that apt brings where we are root.

`python -m tests.chromium` prints its path, or nothing, saying on standard error that the journeys will be left out.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str:
    """The path of a Chromium that is already here, or an empty string."""
    given = os.environ.get("CHROMIUM", "")
    if given:
        return shutil.which(given) or ""
    return next((path for path in map(shutil.which, NAMES) if path), "")


def fetched() -> str:
    """The path of a Chromium that apt installed just now, or an empty string."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return ""
    print("Installing Chromium for the journeys …", file=sys.stderr, flush=True)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for words in (("apt-get", "update", "-q"), ("apt-get", "install", "-qy", "--no-install-recommends", "chromium")):
        if subprocess.run(words, check=False, **quiet).returncode:
            break
    return found()


if __name__ == "__main__":
    path = found() or fetched()
    if not path:
        print("No Chromium: set CHROMIUM, or install one. The journeys will be left out.", file=sys.stderr)
    print(path)
