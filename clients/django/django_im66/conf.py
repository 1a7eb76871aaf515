"""The setting IM66 of the project: a dict with these names."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

DEFAULTS: dict[str, Any] = {
    # Where the server is: https://chat.example.com
    "URL": "",
    # What signs tokens: a secret for HS256, or a private key in PEM for RS256 and ES256.
    "TOKEN_SECRET": "",
    "TOKEN_ALGORITHM": "HS256",
    "TOKEN_SECONDS": 3600,
    "TOKEN_AUDIENCE": "",
    "TOKEN_ISSUER": "",
    # A key with the scope `people`. Without it nobody is kept in step.
    "API_KEY": "",
    # That of the endpoint: whsec_…
    "WEBHOOK_SECRET": "",
    # Functions of a user: the userid, and what the server knows of the person.
    "USERID": "django_im66.people.userid_of",
    "PROFILE": "django_im66.people.profile_of",
    # What becomes of the person when the user is deleted: "ban", "erase" or "nothing".
    "ON_DELETE": "ban",
    "TIMEOUT_SECONDS": 10,
}


def get(name: str) -> Any:
    """The value, or its default."""
    return {**DEFAULTS, **getattr(settings, "IM66", {})}[name]


def require(name: str) -> Any:
    """The value. Raises ImproperlyConfigured if it is not set."""
    if not (value := get(name)):
        raise ImproperlyConfigured(f'IM66["{name}"] is not set.')
    return value


def function(name: str) -> Any:
    """The function that the setting names."""
    value = get(name)
    return import_string(value) if isinstance(value, str) else value
