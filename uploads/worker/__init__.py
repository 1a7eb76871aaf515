"""The child process that opens a file, and all that runs in it. It knows neither Django nor the settings.

The server starts it, and reads `tasks` and `sniffing`: how to ask it, and what a file is.
"""
