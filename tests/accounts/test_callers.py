"""Who calls, as far as an address tells."""

from accounts.limits.callers import MAX_CHARACTERS, address_of, by_network, caller, caller_at, network_of


def scope(port: int, forwarded: bytes = b"", *, address: str = "127.0.0.1") -> dict[str, object]:
    return {"client": [address, port], "headers": [(b"x-forwarded-for", forwarded)]}


def test_a_subscriber_is_one_caller_whichever_of_its_addresses_it_uses() -> None:
    assert caller(scope(50_000, b"")) == caller(scope(50_001, b""))
    assert caller(scope(50_000, b"1.1.1.1, 10.0.0.7")) == caller(scope(50_001, b"10.0.0.7"))
    assert caller(scope(50_000, b"10.0.0.7")) != caller(scope(50_001, b"10.0.0.8"))
    assert caller_at("2001:db8::1") == caller_at("2001:db8::ffff:1")
    assert caller_at("2001:db8::1") != caller_at("2001:db8:0:1::1")
    assert caller_at("::ffff:10.0.0.7") == caller_at("10.0.0.7") != caller_at("10.0.0.8")


def test_an_address_is_the_clients_whatever_it_writes() -> None:
    assert address_of(scope(50_000, b"10.0.0.7")) == address_of(scope(50_001, b"10.0.0.8")) == "127.0.0.1"
    assert address_of(scope(1, address="2001:db8::1")) == address_of(scope(2, address="2001:db8::2"))
    assert address_of({"client": None, "headers": []}) == ""


def test_overlong_address_is_cut() -> None:
    """It is a key of limits and caches."""
    assert caller_at("10.0.0.7", "x" * 60_000) == ("10.0.0.7", "x" * MAX_CHARACTERS)
    assert caller_at("10.0.0.7", "x" * 60_000 + ", 10.0.0.9") == ("10.0.0.7", "10.0.0.9")


def test_a_network_has_256_addresses_or_is_a_48_of_ipv6() -> None:
    def network(address: str) -> str:
        return network_of(caller_at(address)[0])

    assert network("192.0.2.1") == network("192.0.2.254") != network("192.0.3.1")
    assert network("2001:db8:1:2::1") == network("2001:db8:1:ffff::1") != network("2001:db8:2:2::1")
    assert network_of("") == ""


def test_a_network_of_ipv6_stands_before_its_subscribers() -> None:
    one, another = by_network(caller_at("2001:db8:1:1::1")), by_network(caller_at("2001:db8:1:2::1"))
    assert one[0] == another[0] != by_network(caller_at("2001:db8:2:1::1"))[0]
    assert one[1] != another[1]
    assert by_network(caller_at("10.0.0.7", "10.0.0.8")) == ("10.0.0.7", "10.0.0.8")
