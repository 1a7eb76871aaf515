"""Makes a release: `make release VERSION=1.2.3`."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from testkit.releasing.errors import ReleaseRefused
from testkit.releasing.releasing import build_tagged, release


def _main() -> int:
    parser = ArgumentParser(prog="make release", description="Build a version, and sign its tag.")
    parser.add_argument("version", nargs="?", default="", help="the version that im66/__init__.py has")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="check and build, and do not tag")
    how.add_argument("--tagged", action="store_true", help="only build, of a tag that is checked out")
    chosen = parser.parse_args()
    try:
        if chosen.tagged:
            print(build_tagged(Path.cwd(), chosen.version))  # noqa: T201
        else:
            print(release(Path.cwd(), chosen.version, dry_run=chosen.dry_run))  # noqa: T201
    except ReleaseRefused as why:
        print(why, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main())
