"""A chat service: this package composes its apps."""

__version__ = "0.1.0"
