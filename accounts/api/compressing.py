"""Compresses answers of the API, as docs/decisions/0076-lists-are-compressed-and-padded.md says."""

from django.middleware.gzip import GZipMiddleware
from django.utils.decorators import decorator_from_middleware, method_decorator


class _Padded(GZipMiddleware):
    # Random bytes hide the length, from which one could learn what else an answer holds (BREACH). With so
    # many, that takes more answers than a person can ask for while a signed address is valid.
    max_random_bytes = 256


# For views whose answers hold nothing secret, but for addresses of media that expire. Put it over the class.
compressed = method_decorator(decorator_from_middleware(_Padded), name="dispatch")
