"""`python -m streamforge.server`: how the supervisor starts the server process."""

import sys

from streamforge.server.process import main

if __name__ == "__main__":
    sys.exit(main())
