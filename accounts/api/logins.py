"""The API calls about the caller's own logins. Backends may not make them. In open mode, which has no logins,
they are refused."""

import re
from collections.abc import Callable
from ipaddress import IPv6Address, ip_network
from typing import Any, NamedTuple

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import logins
from accounts.access import Forbidden
from accounts.api.base import ApiView
from accounts.api.errors import ApiError
from accounts.codes import Cause, Name
from accounts.services import is_open

# The first match counts, because most browsers also name others with which they are compatible.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("DingTalk/", "DingTalk"),
    ("Lark/", "Feishu"),
    ("QQBrowser/", "QQ Browser"),
    ("UCBrowser/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
# Other programs: `python-requests/2.31`.
_PROGRAM = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,39})(?:/|$)")


class Agent(NamedTuple):
    """The names of a browser and an operating system, empty if not known."""

    browser: str
    system: str


def parse_agent(text: str) -> Agent:
    """Recognize browser and system in the value of `User-Agent`."""
    return Agent(_first(_BROWSERS, text) or _program(text), _first(_SYSTEMS, text))


def _first(known: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for sign, name in known if sign in text), "")


def _program(text: str) -> str:
    match = _PROGRAM.match(text)
    return match[1] if match and match[1] != "Mozilla" else ""


# The id of the entry that stands for all sessions with tokens.
TOKENS = "tokens"


class Connections(NamedTuple):
    """A person's sockets: the names of their devices, and pairs of address and time of connection."""

    devices: list[str]
    addresses: list[tuple[str, int]]


class LastConnection(serializers.Serializer[Any]):
    address = serializers.CharField()
    time = serializers.IntegerField(help_text="A second since 1970.")


class LoginShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(
        ["browser", "apps"], help_text="`apps`: all that shows tokens. They can only be ended together."
    )
    current = serializers.BooleanField(help_text="Whether it is the one of the caller.")
    browser = serializers.CharField(help_text="As people call it; empty: not known.")
    system = serializers.CharField(help_text="Likewise.")
    address = serializers.CharField(help_text="As far as the server keeps it; empty: it does not.")
    time = serializers.IntegerField(allow_null=True, help_text="When it began; null: not known.")
    devices = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Of apps: the names they have given."
    )

    class Meta:
        ref_name = "Login"


class Logins(serializers.Serializer[Any]):
    items = LoginShape(many=True)
    connections = LastConnection(many=True, help_text="From where anything of this person has connected.")

    class Meta:
        ref_name = "LoginList"


def require_oneself(view: ApiView) -> None:
    """Raises ApiError in open mode, and Forbidden for a backend."""
    if is_open():
        reason = gettext("This server asks nobody to sign in, so there are no logins.")
        raise ApiError(Name.NOT_ALLOWED, reason)
    if view.key:
        raise Forbidden(Cause.OF_ANOTHER)


class OwnView(ApiView):
    """A view for the person alone."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_oneself(self)


class MyLogins(OwnView):
    # Given by the URLs.
    connections: Callable[[str], Connections] = staticmethod(lambda userid: Connections([], []))

    @extend_schema(responses=Logins)
    def get(self, request: Request) -> Response:
        """Where the person is logged in: each browser, the latest first, and then all apps together."""
        session = self.somebody.session
        known = self.connections(self.userid)
        items = [_representation(login, session) for login in logins.logins_of(self.userid)]
        came = [{"address": _readable(address), "time": time} for address, time in known.addresses]
        return Response({"items": [*items, _apps(known, is_current=not session)], "connections": came})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """End all others: browsers, and everything that shows a token. Whoever calls with a token needs a new
        one."""
        logins.end_others(self.userid, self.somebody.session)
        return Response(status=204)


class MyLogin(OwnView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, login: str) -> Response:
        """End one. Its sockets close at once. Ending one that has ended does no harm."""
        if login == TOKENS:
            logins.end_tokens(self.userid)
        else:
            logins.end_one(self.userid, login)
        return Response(status=204)


def _representation(login: logins.ActiveLogin, session: str) -> dict[str, Any]:
    agent = parse_agent(login.agent)
    return {
        "id": login.id,
        "kind": "browser",
        "current": login.id == session,
        "browser": agent.browser,
        "system": agent.system,
        "address": login.address,
        "time": int(login.at.timestamp()),
    }


def _apps(known: Connections, *, is_current: bool) -> dict[str, Any]:
    empty = {"browser": "", "system": "", "address": "", "time": None}
    return {"id": TOKENS, "kind": "apps", "current": is_current, **empty, "devices": known.devices}


def _readable(address: str) -> str:
    """Return the readable form of an address as rate limits use it, which is a number for an IPv6 /64."""
    return str(ip_network((IPv6Address(int(address) << 64), 64))) if address.isdecimal() else address
