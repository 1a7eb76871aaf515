"""The server: Daphne, with our own connections, sockets and shutdown. This package imports neither the apps
nor Django: what it needs of them is passed to it."""
