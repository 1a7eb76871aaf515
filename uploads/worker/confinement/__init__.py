"""Confines a process permanently before it opens an untrusted file.

This package uses neither Django nor the settings, because it runs in the child process. On systems other than
Linux it does nothing.
"""
