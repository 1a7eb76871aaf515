"""The client that proxies name: believed as far as configured proxies wrote it, and no further."""

from ipaddress import ip_network

import pytest

from accounts.proxies import Proxies

NGINX, BALANCER, CLIENT = "127.0.0.1", "10.0.0.1", "192.0.2.7"
PROXIES = Proxies((ip_network(NGINX), ip_network("10.0.0.0/24"), ip_network("fd00::/8")))


def test_the_client_is_the_last_one_before_our_proxies() -> None:
    assert PROXIES.client_of(NGINX, CLIENT) == (CLIENT, "")
    assert PROXIES.client_of(NGINX, f"{CLIENT}, {BALANCER}") == (CLIENT, "")


def test_forwarded_header_of_client_is_ignored() -> None:
    assert PROXIES.client_of(NGINX, f"198.51.100.1, {CLIENT}") == (CLIENT, "198.51.100.1")
    assert PROXIES.client_of(NGINX, f"{NGINX}, {CLIENT}") == (CLIENT, NGINX)
    assert PROXIES.client_of(NGINX, f"198.51.100.1,{CLIENT},{BALANCER}") == (CLIENT, "198.51.100.1")


def test_forwarded_header_of_unknown_peer_is_ignored() -> None:
    assert PROXIES.client_of(CLIENT, NGINX) == (CLIENT, NGINX)
    assert PROXIES.client_of("10.0.1.1", "198.51.100.1") == ("10.0.1.1", "198.51.100.1")
    assert Proxies().client_of(NGINX, CLIENT) == (NGINX, CLIENT)


def test_a_request_of_a_proxy_itself_is_the_proxys() -> None:
    assert PROXIES.client_of(NGINX, "") == (NGINX, "")
    assert PROXIES.client_of(NGINX, BALANCER) == (BALANCER, "")


@pytest.mark.parametrize("written", ["unknown", "", "_hidden", "1.2.3", "<script>", "192.0.2.7:x"])
def test_invalid_forwarded_address_is_ignored(written: str) -> None:
    assert PROXIES.client_of(NGINX, f"{CLIENT}, {written}") == (NGINX, f"{CLIENT}, {written}")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.7:1234", CLIENT),
        ("::ffff:192.0.2.7", CLIENT),
        ("[2001:db8::1]:1234", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_an_address_may_be_written_in_several_ways(written: str, meant: str) -> None:
    assert PROXIES.client_of(NGINX, written) == (meant, "")
    assert PROXIES.client_of("::ffff:127.0.0.1", written) == (meant, "")
    assert PROXIES.client_of("fd00::1", written) == (meant, "")


def test_unix_socket_is_proxy_only_if_configured() -> None:
    assert Proxies(unix=True).client_of("", CLIENT) == (CLIENT, "")
    assert Proxies(unix=True).client_of(NGINX, CLIENT) == (NGINX, CLIENT)
    assert PROXIES.client_of("", CLIENT) == ("", CLIENT)
