"""A message replies to another one of the same conversation."""

import pytest

from testkit.device import Device, Error
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere

NOT_FOUND = Error(404, "not_found")


@pytest.mark.promise("json-10")
async def test_a_reply_names_what_it_answers(alice: Device, bob: Device, cast: Cast) -> None:
    question = await alice.text(f"u:{cast.bob}", "are you there?")
    assert "reply" not in await bob.event()
    await bob.text(f"u:{cast.alice}", "yes", reply=question)
    answer = await alice.event()
    assert (answer["content"], answer["reply"]) == ("yes", question)


@pytest.mark.promise("json-10")
async def test_to_a_message_of_another_conversation_is_refused(
    group: str, alice: Device, bob: Device, charlie: Device, cast: Cast
) -> None:
    elsewhere = await alice.text(f"g:{group}", "to the group")
    between = await alice.text(f"u:{cast.bob}", "between us")
    message = {"kind": "text", "content": "see above"}
    assert await alice.refusal("send", to=f"u:{cast.bob}", reply=elsewhere, **message) == NOT_FOUND
    assert await alice.refusal("send", to=f"g:{group}", reply=between, **message) == NOT_FOUND
    assert await charlie.refusal("send", to=f"u:{cast.alice}", reply=between, **message) == NOT_FOUND
    assert await alice.refusal("send", to=f"u:{cast.bob}", reply=10**15, **message) == NOT_FOUND
    assert await bob.call("send", to=f"u:{cast.alice}", reply=between, **message)
