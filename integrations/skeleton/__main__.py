"""The command of `make new-provider`."""

import sys

from integrations.skeleton import ROOT, NotWritten, write

try:
    for path in write(sys.argv[1] if len(sys.argv) > 1 else ""):
        print(path.relative_to(ROOT))
except NotWritten as why:
    sys.exit(str(why))
print(f"Fill in what says LOOK UP, then: make test only='tests/integrations -k {sys.argv[1]}'")
