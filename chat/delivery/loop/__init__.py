"""The parts of an event loop that all its connections share."""
