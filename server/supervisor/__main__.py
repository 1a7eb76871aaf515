"""Run by `serve --processes`, in place of itself: python -I -S FOLDER '{"processes": 4, …}'."""

import sys
from pathlib import Path

# Not this folder, whose modules have names of the standard library's.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from server.supervisor.supervising import main  # noqa: E402

sys.exit(main(sys.argv[1]))
