"""`python -m im66` is the command `im66` where none was installed."""

from im66.command_line import im66

im66()
