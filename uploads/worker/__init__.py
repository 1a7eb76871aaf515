"""The child process that opens a file, and all that runs in it. It knows neither Django nor the settings.

The server starts the child, and imports `tasks` for the form of a request and `sniffing` for a file's format.
"""
