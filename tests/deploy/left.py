"""What an uninstall leaves of what the installation made: all of it is on the list of docs/install.md, and
nothing else is. Run inside a throwaway root: `python -m tests.deploy.left`.
"""

import re
from pathlib import Path

from tests.deploy.blocks import DOCS

INSTALLED = Path("/tmp/installed")
# Only with copies elsewhere.
_LATER = "/var/cache/im66"


def listed() -> set[str]:
    """The paths in the first column of the table."""
    _, _, section = (DOCS / "install.md").read_text().partition("\n## Uninstall\n")
    rows = re.findall(r"^\| (`/.*?) \|", section, re.MULTILINE)
    return {path for row in rows for path in re.findall(r"`([^`]+)`", row)}


def _covering(path: str, listed: set[str]) -> set[str]:
    # adduser keeps copies: /etc/passwd-.
    return {one for one in listed if Path(path.rstrip("-")).is_relative_to(one)}


def main() -> None:
    made, expected = INSTALLED.read_text().splitlines(), listed()
    left = [path for path in made if Path(path).is_symlink() or Path(path).exists()]
    # With the copies that adduser keeps: /etc/passwd-.
    unlisted = [
        path for path in left if not any(Path(path.rstrip("-")).is_relative_to(one) for one in expected)
    ]
    assert unlisted == [], unlisted
    missing = {one for one in expected if not any(Path(path).is_relative_to(one) for path in made)}
    assert missing <= {_LATER}, missing
    assert Path(_LATER).is_dir()


if __name__ == "__main__":
    main()
