"""`im66 doctor`: connects to everything that the server needs, and reports faults with their remedies."""
