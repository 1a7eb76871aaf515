"""A new SQLite database with all tables: made once by each process, because migrations take seconds."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

# Below the data folder, unless DATABASE_URL says otherwise.
NAME = "im66.sqlite3"


def write_new_database(data_dir: Path, root: Path) -> None:
    """Write it, for its owner alone, where a server with this data folder looks for it. `root`: the code."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / NAME
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(_new_database(root))


@cache
def _new_database(root: Path) -> bytes:
    with TemporaryDirectory() as folder:
        settings = {name: value for name, value in os.environ.items() if not name.startswith("IM66_")}
        settings.pop("DATABASE_URL", None)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=root,
            env={**settings, "IM66_DATA_DIR": folder},
            check=True,
            timeout=120,
        )
        return (Path(folder) / NAME).read_bytes()
