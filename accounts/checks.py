"""`manage.py check` for who is believed."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from accounts.services import is_open


@register
def check_authentication(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Open mode where it is hardly meant: in production, or where tokens were set up."""
    if not is_open():
        return []
    found: list[CheckMessage] = []
    if settings.IM66.production:
        found.append(
            Warning(
                "IM66_AUTH=open in production: whoever reaches the server can read and write as anybody.",
                hint="Set IM66_AUTH=token, or let nobody but trusted clients reach the server.",
                id="accounts.W001",
            )
        )
    if settings.IM66.token_secret or settings.IM66.token_keys:
        found.append(
            Warning(
                "IM66_TOKEN_SECRET or IM66_TOKEN_KEYS is set, but IM66_AUTH is open: no token is looked at.",
                hint="Set IM66_AUTH=token.",
                id="accounts.W002",
            )
        )
    return found
