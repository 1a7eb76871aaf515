"""What a test sets otherwise than the operator."""

from dataclasses import replace
from typing import Any

from django.conf import LazySettings
from pytest_django import Settings


def override(settings: Settings | LazySettings, **fields: Any) -> None:
    """Set fields of `settings.IM66`, as long as `settings` keeps what it is told; the others stay."""
    settings.IM66 = replace(settings.IM66, **fields)
