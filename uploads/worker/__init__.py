"""The child process that opens a file, and all code that runs in it. It uses neither Django nor the settings.

The server starts the child. It imports `tasks` for the format of a request, and `sniffing` to recognize
formats.
"""
