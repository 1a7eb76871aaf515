"""The subjects of the measurements: im66 and the servers that it is compared with."""

import sys
from collections.abc import Mapping, Sequence

from bench.sockets import HOST
from bench.tokens import SECRET

IM66, TOKENS, NOTICES, TEXTBOOK, BARE = "im66", "im66-tokens", "im66-notices", "textbook", "bare"
# Different ways to run im66.
OURS = (IM66, TOKENS, NOTICES)

# The limits that are lifted, because all people have one address and do more than real people. Uploads stay
# within their limits.
LIFTED = {
    f"IM66_LIMIT_{name}": "off"
    for name in (
        "CONNECTS",
        "LOGINS",
        "MESSAGES",
        "BYTES",
        "GROUPS",
        "MEMBERSHIPS",
        "QUERIES",
        "USERS",
        "REFUSALS",
    )
}

_MIGRATIONS = {
    **{ours: [sys.executable, "manage.py", "migrate", "--verbosity", "0"] for ours in OURS},
    TEXTBOOK: [
        *(sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"),
        *("--settings", "bench.baselines.textbook.settings"),
    ],
}
_SETTINGS = {
    NOTICES: {"IM66_WEBHOOK_PRIVATE": "on"},
    TOKENS: {"IM66_AUTH": "token", "IM66_TOKEN_SECRET": SECRET, "IM66_TOKEN_CREATES_USERS": "1"},
}


def settings_of(subject: str) -> Mapping[str, str]:
    """Return the environment variables that configure the subject."""
    return _SETTINGS.get(subject, {})


def migrate_command(subject: str) -> Sequence[str] | None:
    """Return the command that creates the subject's tables; None if it has none."""
    return _MIGRATIONS.get(subject)


def serve_command(subject: str, port: int) -> Sequence[str]:
    """Return the command that runs the subject on the port."""
    if subject in OURS:
        return [sys.executable, "manage.py", "serve", "--host", HOST, "--port", str(port)]
    if subject == TEXTBOOK:
        return [
            *(sys.executable, "-m", "daphne", "-v", "0", "--ping-interval", "10", "--ping-timeout", "15"),
            *("-e", f"tcp:{port}:interface={HOST}:backlog=1024", "bench.baselines.textbook.asgi:application"),
        ]
    return [
        *(sys.executable, "-m", "uvicorn", "--ws", "websockets-sansio", "--log-level", "warning"),
        *("--ws-ping-interval", "10", "--ws-ping-timeout", "15"),
        *("--host", HOST, "--port", str(port), "bench.baselines.bare:application"),
    ]
