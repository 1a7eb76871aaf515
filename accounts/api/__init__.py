"""The JSON API at `/api/v1/`: what all its views share, and the calls about people."""
