#!/usr/bin/env python
"""The command line for developers of im66: every command of Django's and its own."""

from im66.command_line import manage

if __name__ == "__main__":
    manage()
