"""What every action of a moderator asks for before anything is done."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from chat.protocol.rows import HELD
from chat.writing import log
from chat.writing.log import Draft
from groups.models import Group
from moderation.actions import messages, people
from moderation.errors import DeskError, NoReason, NotFound, PastTime
from moderation.moderators import Moderator, NotAllowed
from tests.moderation.test_act_on_groups import EVERY
from tests.support.groups import everything
from tests.support.moderators import MODERATOR, NOBODY, REASON, entries

pytestmark = pytest.mark.django_db

Act = Callable[[Moderator, Any, str], object]
# What nobody can read.
NO_REASONS = ("", " ", "\n", "\u200b\u2060")
OF_PEOPLE: list[Act] = [
    people.mute,
    people.unmute,
    people.ban,
    people.unban,
    people.disconnect,
    people.warn,
]
OF_MESSAGES: list[Act] = [
    lambda moderator, id_, reason: messages.recall(moderator, [id_], reason),
    lambda moderator, id_, reason: messages.restore(moderator, [id_], reason),
    messages.erase,
]
OF_HELD: list[Act] = [messages.release, messages.discard]


def write(kind: str, to: str | int) -> int:
    return log.append([Draft(kind, "bob", to, "hello", "")]).batch.last


def refused(act: Act, moderator: Moderator, target: object, reason: str) -> type[DeskError] | None:
    try:
        act(moderator, target, reason)
    except DeskError as error:
        return type(error)
    return None


def test_each_asks_for_the_permission_for_a_reason_and_for_what_is_there(group: Group) -> None:
    message, held = write("text", group.pk), write(HELD, "alice")
    tried: list[tuple[list[Act], object, object, str]] = [
        (OF_PEOPLE, "bob", "nobody", "u:bob"),
        ([*EVERY.values()], group.pk, 10**6, f"g:{group.pk}"),
        (OF_MESSAGES, message, 10**6, f"m:{message}"),
        (OF_HELD, held, 10**6, f"m:{held}"),
    ]
    before, written_down = everything(), []
    for acts, target, missing, name in tried:
        for number, act in enumerate(acts):
            assert refused(act, NOBODY, target, REASON) is NotAllowed, (name, number)
            why = {reason: refused(act, MODERATOR, target, reason) for reason in NO_REASONS}
            assert why == dict.fromkeys(NO_REASONS, NoReason), (name, number)
            assert issubclass(refused(act, MODERATOR, missing, REASON) or object, NotFound), (name, number)
        written_down += [("refused", name)] * len(acts)
    assert everything() == before
    assert entries() == written_down


def test_no_time_that_is_past_is_taken(group: Group) -> None:
    before = everything()
    for act in (people.mute, people.ban):
        with pytest.raises(PastTime):
            act(MODERATOR, "bob", REASON, int(time.time()))
    assert everything() == before
    assert entries() == []
