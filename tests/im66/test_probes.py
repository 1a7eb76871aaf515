"""Who is answered at /healthz and /readyz, and who finds nothing there."""

import json
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from accounts.proxies import Proxies
from im66.forwarded import Forwarded
from im66.operating import draining
from im66.operating.probes import Probes
from tests.support.settings import override

NGINX = "10.0.0.5"


class Requests:
    """Probes behind Forwarded, around an application that answers 404."""

    async def __call__(
        self, path: str, *, peer: str = "127.0.0.1", method: str = "GET", **headers: str
    ) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "scheme": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "client": (peer, 5000) if peer else None,
            "headers": named,
        }
        await Forwarded(Probes(_nothing_here))(scope, None, send)
        return sent[0]["status"], sent[1]["body"]


async def _nothing_here(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"nothing here"})


@pytest.fixture
def ask(settings: Settings) -> Requests:
    override(settings, allowed_hosts=["chat.example"], proxies=Proxies((ip_network(NGINX),)))
    return Requests()


@pytest.fixture
def _ending() -> Iterator[None]:
    draining.begin()
    yield
    draining.forget()


async def test_healthz_is_answered(ask: Requests) -> None:
    assert await ask("/healthz") == (200, b'{"healthy": true}')


@pytest.mark.parametrize("host", ["", "10.1.2.3:6060", "kube-probe", "a_b", "x" * 300])
async def test_probes_accept_any_host_header(ask: Requests, host: str) -> None:
    status, _ = await ask("/healthz", host=host)
    assert status == 200


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", NGINX])
async def test_probes_from_loopback_and_proxies_are_answered(ask: Requests, peer: str) -> None:
    assert (await ask("/healthz", peer=peer))[0] == 200


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.6", "2001:db8::1", "", "somewhere"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probe_from_unlisted_address_gets_404(ask: Requests, path: str, peer: str) -> None:
    assert await ask(path, peer=peer) == (404, b"nothing here")


@pytest.mark.parametrize("peer", [NGINX, "127.0.0.1"])
async def test_forwarded_probe_gets_404(ask: Requests, peer: str) -> None:
    assert (await ask("/readyz", peer=peer, x_forwarded_for="192.0.2.7"))[0] == 404


async def test_probe_of_proxy_through_unix_socket_is_answered(ask: Requests, settings: Settings) -> None:
    override(settings, proxies=Proxies(unix=True))
    assert (await ask("/healthz", peer=""))[0] == 200


async def test_head_probe_has_no_body(ask: Requests) -> None:
    assert await ask("/healthz", method="HEAD") == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_probes_reject_other_methods(ask: Requests, method: str) -> None:
    assert (await ask("/healthz", method=method))[0] == 404


async def test_similar_paths_are_not_answered_as_probes(ask: Requests) -> None:
    for path in ("/", "/healthz/", "/readyz/x", "/HEALTHZ"):
        assert (await ask(path))[0] == 404


@pytest.mark.usefixtures("_ending")
async def test_draining_process_is_not_ready(ask: Requests) -> None:
    assert (await ask("/healthz"))[0] == 200
    status, body = await ask("/readyz")
    assert status == 503
    assert json.loads(body) == {"ready": False, "failed": {"draining": "the process is about to end"}}
