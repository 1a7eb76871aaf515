"""The console at `/console`: a client for developers who port one."""
