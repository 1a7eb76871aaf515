"""A server in one of the two modes, the people on it, and what each of them can show."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import jwt

from testkit.prepared import NAME
from testkit.server import WITHOUT_LIMITS, Server
from tests.access.page import TOKEN
from tests.support.tokens import jwk, key_set, rsa_key

PASSWORD = "correct horse battery"
AUDIENCE, KEY_NAME, OTHER_KEY_NAME = "im66", "first", "second"
FORGED = 2

OWNER, ADMIN, BOB, MUTED, LOCKED, OUTSIDE, STAFF = "alice", "adam", "bob", "mute", "lock", "charlie", "staff"
# Another owner and another member, whom somebody may want to remove.
OLGA, RITA = "olga", "rita"
# In the group: whose messages prove that no other came before, and who hears them.
MONA, WALTER = "mona", "walter"
# Outside: whom somebody may want to add.
NINA = "nina"
# What a rule blocks, and nobody writes.
RULED = "a word that is ruled out"
# What somebody does to their own account is done by others like them, whom nobody else needs afterwards.
LIKE = (OWNER, ADMIN, BOB, MUTED, OUTSIDE, STAFF)
MEMBERS = (OWNER, ADMIN, BOB, MUTED, LOCKED, OLGA, RITA, MONA, WALTER)
_ROLES = {ADMIN: "admin", OLGA: "owner"}

# All that an action could change. Not what a login notes of itself.
_STORED = {
    "accounts_user": "userid, nickname, avatar, is_active, muted, password, is_staff, is_superuser",
    "accounts_apikey": "public_id, scopes, revoked_at",
    "log_group": "*",
    "log_membership": "*",
    "groups_grouplink": "*",
    "groups_joinrequest": "*",
    "groups_confirmation": "*",
    "log_message": "id, kind",
    "log_conversation": "*",
    "log_block": "*",
    "log_pin": "*",
    "log_contact": "*",
    "chat_contactrequest": "*",
    "log_privacy": "*",
    "chat_device": "*",
    "moderation_report": "id, target, count",
    "moderation_rule": "id, pattern, note",
    "moderation_complaint": "id, reporter_id",
    "notifications_pushdevice": "user_id, token",
    "notifications_delivery": "id, event",
    "uploads_storedfile": "stem, name",
    "uploads_document": "id, received",
    "django_session": "session_key",
}

_PEOPLE = """
import json
from accounts.authentication import api_keys
from accounts.models import User
from moderation.actions import people
from moderation.moderators import ALL_PERMISSIONS, Moderator
from moderation.reports import filing
from moderation.rules import service as rules
from notifications.models import Endpoint
from tests.access import world
from tests.support.sessions import session_of
for userid in (*world.MEMBERS, world.OUTSIDE, world.NINA):
    muted, active = userid == world.MUTED, userid != world.LOCKED
    User.objects.create_user(userid, world.PASSWORD, muted=muted, is_active=active)
User.objects.create_superuser(world.STAFF, world.PASSWORD)
likes = {"browser": world.BOB, **{userid: userid for userid in world.LIKE}}
for kind, (name, like) in ((kind, one) for kind in ("own", "last", "gone") for one in likes.items()):
    name, one = f"{kind}-{name}", User.objects.get(pk=like)
    about = {"muted": one.muted, "is_staff": one.is_staff, "is_superuser": one.is_superuser}
    User.objects.create(userid=name, password=one.password, **about)
sessions = {name: session_of(name) for name in ("own-browser", "last-browser", "gone-browser")}
sessions |= {userid: session_of(userid) for userid in (world.BOB, world.STAFF)}
# An action that somebody may undo.
entry = people.mute(Moderator("moderator", may=ALL_PERMISSIONS), world.MUTED, "because").pk
one, other = rules.add_rules(Moderator("moderator", may=ALL_PERMISSIONS), [world.RULED, "old"], "because")
report = filing.file_report(world.OUTSIDE, f"u:{world.RITA}", "spam", "").pk
known = {"report": str(report), "entry": str(entry), "rule": str(one.pk), "old_rule": str(other.pk)}
Endpoint.objects.create(name="buttons", url="http://127.0.0.1:9/", events="card.pressed")
keys = {"key": api_keys.make("shop").text, "other": api_keys.make("other", ["messages"]).text}
print(json.dumps({**sessions, **keys, **known}))
"""

_numbers = count(1)


class Caller(NamedTuple):
    """Who somebody says to be, and what they show for it. `acts_for`: whom a backend says to act for."""

    userid: str
    token: str = ""
    key: str = ""
    session: str = ""
    acts_for: str = ""
    password: str = ""

    @property
    def secrets(self) -> list[str]:
        """What no log may hold."""
        return [shown for shown in (self.token, self.key, self.session, self.password) if shown]


class World:
    """`more`: settings of the server besides."""

    def __init__(self, folder: Path, mode: str, **more: str) -> None:
        self.server = Server(folder, **_settings(folder, mode), **more)
        self.mode = mode
        self._shown: dict[str, str] = {}
        self._untouched = ""
        self._database: sqlite3.Connection | None = None
        self._stored: dict[str, Any] = {}
        self._stored_at = -1

    def start(self) -> None:
        self.server.prepare()
        self._shown = json.loads(self.server.run_python(_PEOPLE))
        self.server.start()

    def end(self) -> None:
        self.server.stop()
        if self._database:
            self._database.close()

    def caller(self, name: str) -> Caller:
        return CALLERS[name](self)

    def trusted(self, userid: str) -> Caller:
        """Somebody with a good token."""
        return Caller(userid, token(userid), password=PASSWORD)

    def like(self, caller: Caller, kind: str) -> Caller:
        """Somebody else who is what a caller is, if the caller has proved to be that."""
        name = f"{kind}-{'browser' if caller.session else caller.userid}"
        if caller.session:
            return caller._replace(userid=name, session=self.shown(name))
        is_proven = caller.userid in LIKE and _is_of(caller.userid, caller.token)
        return self.trusted(name) if is_proven else caller

    def shown(self, name: str) -> str:
        return self._shown[name]

    def stored(self) -> dict[str, Any]:
        """Everything. Other tests have left thousands of rows, so they are only fetched, and only if anybody
        has written since."""
        if self._database is None:
            self._database = sqlite3.connect(self.server.data_dir / NAME, timeout=20, isolation_level=None)
        ((version,),) = self._database.execute("PRAGMA data_version")
        if version != self._stored_at:
            self._stored, self._stored_at = _everything(self._database), version
        return self._stored

    def leave_untouched(self, group: str) -> None:
        """Whoever comes next may have this group: only messages were written there. To make one takes longer
        than most of what is tried on it."""
        self._untouched = group

    def take_untouched_group(self) -> str:
        """Empty if there is none."""
        group, self._untouched = self._untouched, ""
        return group

    def log_size(self) -> int:
        """How much the log holds by now."""
        return self.server.log.stat().st_size

    def logged_since(self, length: int) -> list[str]:
        """Without what Django says of each call that is refused."""
        lines = self.server.log.read_bytes()[length:].decode().splitlines()
        return [line for line in lines if " django.request: " not in line]

    def furnish(self, group: str, caller: str) -> None:
        """What no call gives it: an admin, another owner, and somebody who is banned; a link whose code is
        the id of the group, by which Nina asks to join; a notice to be confirmed. And Rita asks the caller to
        be a contact, and there is a bot whose account is hers: the ids of both are that of the group."""
        now, day = int(time.time()), "2026-01-01"
        is_banned = {"user_id": LOCKED, "group_id": group, "role": "member", "since_id": 0}
        made: dict[str, dict[str, Any]] = {
            "log_membership": is_banned,
            "groups_grouplink": {"group_id": group, "code": group, "made_by_id": OLGA, "made_at": day},
            "groups_joinrequest": {"group_id": group, "user_id": NINA, "made_at": day},
            "chat_contactrequest": {"id": group, "sender_id": RITA, "recipient_id": caller, "text": ""}
            | {"state": "waiting", "asked_at": now},
            "notifications_hook": {"id": group, "group_id": group, "bot_id": RITA, "name": "a bot"}
            | {"digest": "", "address_digest": "", "made_at": day},
        }
        with closing(sqlite3.connect(self.server.data_dir / NAME, timeout=20)) as database, database:
            for userid, role in _ROLES.items():
                where = f"group_id = {group} AND user_id = '{userid}'"
                database.execute(f"UPDATE log_membership SET role = '{role}' WHERE {where}")
            database.execute(f"UPDATE log_group SET must_confirm = 1, notice_id = 1 WHERE id = {group}")
            for table in ("chat_contactrequest", "notifications_hook"):
                database.execute(f"DELETE FROM {table}")
            for table, row in made.items():
                places = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", [*row.values()])


def token(userid: str, **claims: Any) -> str:
    """A good one. A claim of None is left out."""
    return signed(rsa_key(), {"sub": userid, **claims})


def signed(key: Any, claims: dict[str, Any], algorithm: str = "RS256", **headers: Any) -> str:
    now = int(time.time())
    everything = {"iat": now, "exp": now + 3600, "aud": AUDIENCE, **claims}
    kept = {name: value for name, value in everything.items() if value is not None}
    return jwt.encode(kept, key, algorithm, {"kid": KEY_NAME, **headers})


# Without one of them, a token proves nothing to the server either.
_REQUIRED: Any = {"require": ["sub", "exp", "iat"]}


def _is_of(userid: str, token: str) -> bool:
    """Whether the token proves that somebody is this person."""
    try:
        claims = jwt.decode(token, rsa_key().public_key(), ["RS256"], _REQUIRED, audience=AUDIENCE)
    except jwt.InvalidTokenError:
        return False
    return claims["sub"] == userid and jwt.get_unverified_header(token).get("kid") == KEY_NAME


def _everything(database: sqlite3.Connection) -> dict[str, Any]:
    return {
        table: database.execute(f"SELECT {fields} FROM {table}").fetchall()
        for table, fields in _STORED.items()
    }


@cache
def forged(userid: str) -> str:
    return signed(rsa_key(FORGED), {"sub": userid})


def new_name() -> str:
    """Nobody has it."""
    return f"zed{next(_numbers)}-{time.monotonic_ns()}"


def _stranger(world: World) -> Caller:
    return world.trusted(new_name())._replace(password="whatever")


def _settings(folder: Path, mode: str) -> dict[str, str]:
    results = {
        **WITHOUT_LIMITS,
        "IM66_LIMIT_GROUPS": "off",
        "IM66_LIMIT_MEMBERSHIPS": "off",
        "IM66_LIMIT_UPLOADS": "off",
        "IM66_LIMIT_REPORTS": "off",
        "IM66_LOGGED_REFUSALS": "1000000",
        "IM66_MAX_GROUPS_PER_USER": "10000",
        "IM66_LOGIN_FAILURES": "1000000",
        "IM66_LOGIN_FAILURES_PER_ADDRESS": "1000000",
        "IM66_MOSAICS": "false",
        "IM66_OWN_EXPORTS": "true",
        "IM66_OWN_DELETION": "true",
    }
    if mode != TOKEN:
        return {**results, "IM66_AUTH": "open"}
    keys = folder / "keys.json"
    keys.write_bytes(key_set(jwk(rsa_key(), kid=KEY_NAME), jwk(rsa_key(1), kid=OTHER_KEY_NAME)))
    return {
        **results,
        "IM66_AUTH": "token",
        "IM66_TOKEN_KEYS": str(keys),
        "IM66_TOKEN_AUDIENCE": AUDIENCE,
        "IM66_TOKEN_LEEWAY_SECONDS": "0",
    }


CALLERS: dict[str, Callable[[World], Caller]] = {
    "nobody": lambda world: Caller(BOB, password="a-guessed-password"),
    "forger": lambda world: Caller(BOB, forged(BOB), password=forged(BOB)),
    "stranger": _stranger,
    "outside": lambda world: world.trusted(OUTSIDE),
    "member": lambda world: world.trusted(BOB),
    "muted": lambda world: world.trusted(MUTED),
    "locked": lambda world: world.trusted(LOCKED),
    "admin": lambda world: world.trusted(ADMIN),
    "owner": lambda world: world.trusted(OWNER),
    "staff": lambda world: world.trusted(STAFF),
    "key": lambda world: Caller(BOB, key=world.shown("key"), password=world.shown("key")),
    "key as member": lambda world: Caller(
        BOB, key=world.shown("key"), acts_for=BOB, password=world.shown("key")
    ),
    "other key": lambda world: Caller(BOB, key=world.shown("other"), password=world.shown("other")),
    "browser": lambda world: Caller(BOB, session=world.shown(BOB), password=PASSWORD),
}
