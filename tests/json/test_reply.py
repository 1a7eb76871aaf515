"""A message replies to another one of the same conversation."""

import pytest

from testkit.device import Device
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere


@pytest.mark.promise("json-10")
async def test_reply_names_its_original_message(alice: Device, bob: Device, cast: Cast) -> None:
    question = await alice.text(f"u:{cast.bob}", "are you there?")
    assert "reply" not in await bob.event()
    await bob.text(f"u:{cast.alice}", "yes", reply=question)
    answer = await alice.event()
    assert (answer["content"], answer["reply"]) == ("yes", question)
