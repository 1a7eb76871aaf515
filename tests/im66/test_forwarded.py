"""What proxies say of a client reaches the application only from those that the operator named."""

from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from accounts.addresses import base_url
from accounts.limits.callers import address_of, caller
from accounts.proxies import Proxies
from im66.forwarded import Forwarded
from im66.intake import UploadsIntake
from tests.support.settings import override

CLIENT = "192.0.2.7"
NGINX = "127.0.0.1"


class Application:
    """Forwarded, around something that keeps the scope."""

    def __init__(self) -> None:
        self.scope: Any = None
        self._forwarded = Forwarded(self._keep)

    async def ask(self, *, peer: str = NGINX, type_: str = "http", port: int = 5000, **headers: str) -> Any:
        """The scope that the application gets."""
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await self._forwarded(
            {
                "type": type_,
                "scheme": {"http": "http", "websocket": "ws"}[type_],
                "client": [peer, port] if peer else None,
                "headers": [(b"host", b"chat.example"), *named],
            },
            None,
            None,
        )
        return self.scope

    async def _keep(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope


@pytest.fixture
def behind_nginx(settings: Settings) -> Application:
    override(settings, production=True, proxies=Proxies((ip_network(NGINX),)))
    return Application()


@pytest.fixture
def alone(settings: Settings) -> Application:
    """No proxy is configured."""
    override(settings, production=True, proxies=Proxies())
    return Application()


@pytest.mark.parametrize(("type_", "scheme"), [("http", "https"), ("websocket", "wss")])
async def test_forwarded_headers_of_a_named_proxy_are_used(
    behind_nginx: Application, type_: str, scheme: str
) -> None:
    scope = await behind_nginx.ask(type_=type_, x_forwarded_for=CLIENT, x_forwarded_proto="https")
    assert scope["scheme"] == scheme
    assert scope["client"] == (CLIENT, 0)
    assert scope["headers"] == [(b"host", b"chat.example")]
    assert address_of(scope) == CLIENT


async def test_forwarded_https_sets_the_base_url(behind_nginx: Application) -> None:
    scope = await behind_nginx.ask(type_="websocket", x_forwarded_proto="https")
    assert base_url(scope) == "https://chat.example"


@pytest.mark.parametrize("type_", ["http", "websocket"])
async def test_forwarded_headers_from_an_unlisted_peer_are_ignored(
    behind_nginx: Application, type_: str
) -> None:
    scope = await behind_nginx.ask(
        peer="192.0.2.66", type_=type_, x_forwarded_for=CLIENT, x_forwarded_proto="https"
    )
    assert scope["scheme"] == {"http": "http", "websocket": "ws"}[type_]
    assert caller(scope) == ("192.0.2.66", CLIENT)
    assert b"x-forwarded-proto" not in dict(scope["headers"])


async def test_unlisted_proxy_clients_share_its_limits_separately(
    alone: Application,
) -> None:
    one = await alone.ask(x_forwarded_for="10.0.0.7")
    other = await alone.ask(x_forwarded_for="10.0.0.8")
    assert (caller(one), caller(other)) == ((NGINX, "10.0.0.7"), (NGINX, "10.0.0.8"))


async def test_unix_socket_proxy_is_trusted_if_listed(settings: Settings, alone: Application) -> None:
    assert address_of(await alone.ask(peer="", x_forwarded_for=CLIENT)) == ""
    override(settings, proxies=Proxies(unix=True))
    assert address_of(await alone.ask(peer="", x_forwarded_for=CLIENT)) == CLIENT


@pytest.mark.parametrize("scheme_name", ["", "ftp", "https, http", "on", "wss"])
async def test_invalid_forwarded_proto_is_ignored(behind_nginx: Application, scheme_name: str) -> None:
    assert (await behind_nginx.ask(x_forwarded_proto=scheme_name))["scheme"] == "http"


async def test_other_forwarding_headers_are_ignored(behind_nginx: Application) -> None:
    scope = await behind_nginx.ask(
        x_forwarded_host="elsewhere.example",
        x_forwarded_ssl="on",
        x_real_ip=CLIENT,
        forwarded=f"for={CLIENT};proto=https;host=elsewhere.example",
    )
    assert (scope["scheme"], address_of(scope), base_url(scope)) == ("http", NGINX, "http://chat.example")


async def test_arriving_body_has_the_same_caller_as_its_request(behind_nginx: Application) -> None:
    for peer, written in ((NGINX, f"198.51.100.1, {CLIENT}"), ("192.0.2.66", CLIENT), (NGINX, "")):
        scope = await behind_nginx.ask(peer=peer, x_forwarded_for=written)
        assert UploadsIntake().caller(peer, written.encode()) == caller(scope)


async def test_unlisted_proxy_is_logged_once(alone: Application, caplog: pytest.LogCaptureFixture) -> None:
    await alone.ask()
    assert caplog.messages == []
    await alone.ask(x_forwarded_for=CLIENT)
    await alone.ask(peer="192.0.2.66", x_forwarded_for=CLIENT)
    (event,) = caplog.messages
    assert "from '127.0.0.1', which is not in IM66_PROXIES" in event


async def test_named_proxies_and_development_log_no_warning(
    behind_nginx: Application, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await behind_nginx.ask(x_forwarded_for=CLIENT)
    override(settings, production=False)
    await behind_nginx.ask(peer="192.0.2.66", x_forwarded_for=CLIENT)
    assert caplog.messages == []


async def test_proxy_without_forwarded_proto_is_logged_once(
    settings: Settings, behind_nginx: Application, caplog: pytest.LogCaptureFixture
) -> None:
    override(settings, public_url="https://chat.example")
    await behind_nginx.ask(x_forwarded_for=CLIENT, x_forwarded_proto="https")
    assert not caplog.records
    for _ in range(2):
        await behind_nginx.ask(x_forwarded_for=CLIENT)
    (record,) = caplog.records
    assert "proxy_set_header X-Forwarded-Proto $scheme" in record.getMessage()
