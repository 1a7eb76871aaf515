"""`python -m uploads.worker.confinement`: confine this process, and print the layers as one line of JSON."""

import json
import sys
from dataclasses import asdict

from uploads.worker.confinement.layers import confine

sys.stdout.write(json.dumps([asdict(layer) for layer in confine(readable=[], writable=[])]) + "\n")
