"""IM66_LEGACY_UNDERSCORE=fullwidth: no underscore reaches a client inside a field of a message."""

import pytest

from testkit.phone import Phone, unpacked
from tests.conftest import MakeServer


@pytest.mark.promise("apps-1")
@pytest.mark.slow
async def test_fields_for_android_contain_no_underscore(make_server: MakeServer) -> None:
    server = make_server(IM66_LEGACY_UNDERSCORE="fullwidth")
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "snake_case, see http://h/a_b", "kept_as_it_is")
        assert "_snake＿case, see http://h/a%5Fb_unicast_" in (frame := await bob.receive())
        assert frame.endswith("_kept＿as＿it＿is")
        # What is stored is what was sent, and a Base64 answer needs no sparing.
        await bob.send("records_alice_0")
        (message,) = unpacked(await bob.receive())["messages"]
        assert message["content"] == "snake_case, see http://h/a_b"
