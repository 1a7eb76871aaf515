"""The program that `serve --processes` becomes: python -I -S FOLDER '{"processes": 4, …}'."""

import sys
from pathlib import Path

# Not this folder, because its modules have names of modules of the standard library.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from server.supervisor.supervising import main  # noqa: E402

sys.exit(main(sys.argv[1]))
