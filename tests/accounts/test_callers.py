"""Who calls, as far as an address tells."""

from accounts.callers import caller, caller_at


def test_a_subscriber_is_one_caller_whichever_of_its_addresses_it_uses() -> None:
    def scope(port: int, forwarded: bytes) -> dict[str, object]:
        return {"client": ["127.0.0.1", port], "headers": [(b"x-forwarded-for", forwarded)]}

    assert caller(scope(50_000, b"")) == caller(scope(50_001, b""))
    assert caller(scope(50_000, b"1.1.1.1, 10.0.0.7")) == caller(scope(50_001, b"10.0.0.7"))
    assert caller(scope(50_000, b"10.0.0.7")) != caller(scope(50_001, b"10.0.0.8"))
    assert caller_at("2001:db8::1") == caller_at("2001:db8::ffff:1")
    assert caller_at("2001:db8::1") != caller_at("2001:db8:0:1::1")
    assert caller_at("::ffff:10.0.0.7") == caller_at("10.0.0.7") != caller_at("10.0.0.8")
