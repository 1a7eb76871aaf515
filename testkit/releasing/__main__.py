"""Makes a release: `make release VERSION=1.2.3`."""

import sys
from pathlib import Path

from testkit.releasing.errors import Refused
from testkit.releasing.releasing import release


def _main() -> int:
    version = sys.argv[1] if len(sys.argv) == 2 else ""
    try:
        print(release(Path.cwd(), version))  # noqa: T201
    except Refused as why:
        print(why, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main())
