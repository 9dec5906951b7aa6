"""`python -m leadloop` is the command line."""

import sys

from leadloop.cli import main

if __name__ == "__main__":
    sys.exit(main())
