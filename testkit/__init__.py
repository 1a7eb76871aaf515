"""Servers, clients and browsers for tests and benchmarks."""
