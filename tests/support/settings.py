"""Overrides im66's settings in a test."""

from dataclasses import replace
from typing import Any

from django.conf import LazySettings
from pytest_django import Settings


def override(settings: Settings | LazySettings, **fields: Any) -> None:
    """Set fields of `settings.IM66`, for as long as `settings` keeps overrides. The other fields stay."""
    settings.IM66 = replace(settings.IM66, **fields)
