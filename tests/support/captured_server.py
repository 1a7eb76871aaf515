"""`python -m tests.support.captured_server MODULE …`: manage.py, with child processes of another module."""

import sys

from manage import main
from uploads import conversion

if __name__ == "__main__":
    conversion.WORKER = sys.argv.pop(1)
    main()
