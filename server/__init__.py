"""Sockets and requests under Daphne and uvicorn. It knows neither apps nor Django: what it needs of them is
handed to it when it is composed."""
