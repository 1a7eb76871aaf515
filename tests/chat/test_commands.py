"""What a client may ask for, in no dialect."""

from typing import get_args

import pytest

from chat.protocol import commands
from chat.protocol.commands import Command, Request, Send


def test_every_command_is_one_of_command() -> None:
    declared = {
        value for value in vars(commands).values() if getattr(value, "__module__", "") == commands.__name__
    }
    assert set(get_args(Command)) == declared - {Request}
    assert len(declared) > 3


def test_commands_are_values() -> None:
    one, same = (Send("text", "bob", "hi", "") for _ in range(2))
    assert one == same
    assert len({one, same}) == 1
    with pytest.raises(AttributeError):
        one.content = "ho"  # type: ignore[misc]
