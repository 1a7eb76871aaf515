"""`manage.py check` for who is believed. A server says the same when it starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.utils.translation import gettext_noop

from accounts.services import is_open

_OPEN_IN_PRODUCTION = Warning(
    gettext_noop("IM66_AUTH=open in production: whoever reaches the server can read and write as anybody."),
    hint=gettext_noop("Set IM66_AUTH=token, or let nobody but trusted clients reach the server."),
    id="accounts.W001",
)
_TOKENS_NOT_LOOKED_AT = Warning(
    gettext_noop(
        "IM66_TOKEN_SECRET or IM66_TOKEN_KEYS is set, but IM66_AUTH is open: no token is looked at."
    ),
    hint=gettext_noop("Set IM66_AUTH=token."),
    id="accounts.W002",
)
_APPS_WITHOUT_TOKENS = Warning(
    gettext_noop(
        "IM66_CLIENTS=shipped with IM66_AUTH=token: the apps as they were shipped send no token when they log"
        " in, so none of them gets in."
    ),
    hint=gettext_noop(
        "Set IM66_AUTH=open where nobody but these apps can reach the server, or ship a version that sends"
        " a token."
    ),
    id="accounts.W003",
)
_USERIDS_TO_TAKE = Warning(
    gettext_noop(
        "IM66_SIGNUP=open with IM66_TOKEN_CREATES_USERS, IM66_OIDC_ISSUER or IM66_REMOTE_USER_HEADER: a"
        " stranger can sign up under the userid of somebody who has not come yet, and read what is written to"
        " them."
    ),
    hint=gettext_noop("Set IM66_SIGNUP=invite, or create people before they get a token or sign in."),
    id="accounts.W004",
)


@register
def check_authentication(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Open mode where it is hardly meant: in production, or where tokens were set up. And token mode where
    the clients know no tokens."""
    ours = settings.IM66
    doubts = [
        (_OPEN_IN_PRODUCTION, is_open() and ours.production),
        (_TOKENS_NOT_LOOKED_AT, is_open() and (ours.token_secret or ours.token_keys)),
        (_APPS_WITHOUT_TOKENS, not is_open() and ours.clients == "shipped"),
        (_USERIDS_TO_TAKE, not is_open() and ours.signup == "open" and _names_come_from_elsewhere()),
    ]
    return [doubt for doubt, holds in doubts if holds]


def _names_come_from_elsewhere() -> bool:
    ours = settings.IM66
    return bool(ours.token_creates_users or ours.oidc_issuer or ours.remote_user_header)
