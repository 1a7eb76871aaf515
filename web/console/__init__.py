"""The console at `/console`: a test client for developers of clients."""
