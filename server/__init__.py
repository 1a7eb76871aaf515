"""Sockets and requests under Daphne and uvicorn. This package knows neither the apps nor Django: what it
needs of them is passed to it when it is composed."""
