"""What is said between clients and the server. Pure."""
