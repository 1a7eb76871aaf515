"""One socket: frames in and out, and the person logged in on it."""
