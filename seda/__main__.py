"""The command `seda`, also as `python -P -m seda`."""

import sys

from seda.command.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
