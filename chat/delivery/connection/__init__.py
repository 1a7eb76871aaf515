"""One connection of a client: its frames, its login, its session and its feed."""
