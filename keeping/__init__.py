"""What is kept of an installation: backups of it, and places restored from them."""
