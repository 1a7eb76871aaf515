"""`im66 doctor`: connects to everything the server needs, and says what is wrong and what to do."""
