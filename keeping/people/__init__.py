"""People as the directory of another product describes them."""
