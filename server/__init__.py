"""The server: Daphne, with connections, sockets and a shutdown of its own. This package knows neither the
apps nor Django: what it needs of them is passed to it when it is composed."""
