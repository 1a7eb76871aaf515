"""System checks of authentication for `manage.py check`. A server logs their warnings at its start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.utils.translation import gettext_noop

from accounts.services import is_open

_OPEN_IN_PRODUCTION = Warning(
    gettext_noop(
        "IM66_AUTH=open in production: anyone who can reach the server can read and write as any user."
    ),
    hint=gettext_noop("Set IM66_AUTH=token, or let nobody but trusted clients reach the server."),
    id="accounts.W001",
)
_TOKENS_IGNORED = Warning(
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
_NOT_ROTATED = Warning(
    gettext_noop("A secret is among its own fallbacks: it was not rotated."),
    hint=gettext_noop("Set IM66_SECRET_KEY or IM66_TOKEN_SECRET to a new one, and leave the old one there."),
    id="accounts.W005",
)
_ONE_SECRET = Warning(
    gettext_noop(
        "IM66_SECRET_KEY and IM66_TOKEN_SECRET have a secret in common: the application that makes tokens"
        " could also make sessions and links."
    ),
    hint=gettext_noop("Give each a secret of its own: docs/upgrade.md, Rotate a secret."),
    id="accounts.W006",
)
_FALLBACKS = Warning(
    gettext_noop(
        "IM66_SECRET_KEY_FALLBACKS or IM66_TOKEN_SECRET_FALLBACKS is set: signatures of an old"
        " secret are still valid."
    ),
    hint=gettext_noop("Remove them when the rotation is over: docs/upgrade.md, Rotate a secret."),
    id="accounts.W007",
)


@register
def check_authentication(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of open mode in production or with token settings, of token mode with clients that send no
    tokens, and of unfinished rotations of secrets."""
    ours = settings.IM66
    key_fallbacks, token_fallbacks = ours.secret_key_fallbacks, ours.token_secret_fallbacks
    signing, of_tokens = {ours.secret_key, *key_fallbacks}, {ours.token_secret, *token_fallbacks}
    is_unchanged = ours.secret_key in key_fallbacks or ours.token_secret in token_fallbacks
    warnings = [
        (_OPEN_IN_PRODUCTION, is_open() and ours.production),
        (_TOKENS_IGNORED, is_open() and (ours.token_secret or ours.token_keys)),
        (_APPS_WITHOUT_TOKENS, not is_open() and ours.clients == "shipped"),
        (_USERIDS_TO_TAKE, not is_open() and ours.signup == "open" and _names_come_from_elsewhere()),
        (_NOT_ROTATED, is_unchanged),
        (_ONE_SECRET, signing & of_tokens),
        (_FALLBACKS, key_fallbacks or token_fallbacks),
    ]
    return [warning for warning, applies in warnings if applies]


def _names_come_from_elsewhere() -> bool:
    ours = settings.IM66
    return bool(ours.token_creates_users or ours.oidc_issuer or ours.remote_user_header)
