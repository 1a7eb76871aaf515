"""Messages of the kind `poll`: a question with options, and votes for them. Pure.

The stored content has the question and the numbered options as lines, for the shipped apps, search and rules.
Clients get the question as the content, and the rest in the field `poll`.
"""

import re
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from chat.protocol.kinds.kind import Kind, Responding
from log.details import Responses, encoded

POLL = "poll"
MAX_QUESTION, MAX_OPTION, MIN_OPTIONS, MAX_OPTIONS = 300, 100, 2, 10
MAX_SECONDS = 366 * 24 * 60 * 60

_BLANKS, _NUMBER = re.compile(r"\s+"), re.compile(r"[0-9]+")
_Option = Annotated[str, Meta(min_length=1, max_length=MAX_OPTION)]
_OptionIndex = Annotated[int, Meta(ge=0, lt=MAX_OPTIONS)]


class _Poll(Struct):
    """What there is to choose from, and how. `until`: when it closes."""

    options: Annotated[list[_Option], Meta(min_length=MIN_OPTIONS, max_length=MAX_OPTIONS)]
    multiple: bool = False
    anonymous: bool = False
    until: Annotated[int, Meta(ge=0, description="Since 1970.")] | None = None


class Poll(Struct):
    """What a message of the kind `poll` has besides the question."""

    options: list[str]
    multiple: bool
    anonymous: bool
    until: int | UnsetType = UNSET


def stored_poll(content: str, poll: _Poll | None) -> tuple[str, str]:
    """Return the content and the details to store. Raise ValueError with what is wrong."""
    if poll is None:
        raise ValueError("poll: a poll has options")
    question, options = _on_one_line(content), list(map(_on_one_line, poll.options))
    if not 0 < len(question) <= MAX_QUESTION:
        raise ValueError(f"content: a question has 1 to {MAX_QUESTION} characters")
    if not all(options) or len(set(options)) < len(options):
        raise ValueError("poll.options: each says something, and something else than the others")
    if poll.until is not None and not 0 < poll.until - time.time() <= MAX_SECONDS:
        raise ValueError("poll.until: a time to come, at most a year ahead")
    lines = (f"{number}. {option}" for number, option in enumerate(options, 1))
    stored = Poll(options, poll.multiple, poll.anonymous, UNSET if poll.until is None else poll.until)
    return "\n".join((question, *lines)), encoded({POLL: to_builtins(stored)})


def _on_one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


class _Vote(Struct):
    """Vote in a poll, in the place of what one has voted before. No options: take it back."""

    options: Annotated[list[_OptionIndex], Meta(max_length=MAX_OPTIONS, description="Indexes from 0 on.")]


class Results(Struct):
    """Of a poll: how many have voted for each option, and the first of them by name; not in anonymous ones.
    `mine`: the options for which oneself has voted."""

    votes: list[int] | UnsetType = UNSET
    voters: list[list[str]] | UnsetType = UNSET
    mine: list[int] | UnsetType = UNSET
    closed: bool | UnsetType = UNSET


def _check(poll: Poll, options: list[int]) -> None:
    if any(option >= len(poll.options) for option in options):
        raise ValueError(f"options: this poll has {len(poll.options)}")
    if len(options) > 1 and not poll.multiple:
        raise ValueError("options: this poll takes one")


def _is_over(poll: Poll, now: float) -> bool:
    return poll.until is not UNSET and poll.until <= now


def _count_votes(poll: Poll, responses: Responses, now: float) -> Results:
    votes, voters = [0] * len(poll.options), [[""][:0] for _ in poll.options]
    for same in responses.same:
        for option in same.value:
            votes[option] += same.number
            voters[option] = (voters[option] + same.userids)[: responses.most]
    return Results(
        votes,
        UNSET if poll.anonymous else voters,
        UNSET if responses.own is None else responses.own,
        responses.is_closed or _is_over(poll, now),
    )


def _export_lines(poll: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for place, (option, votes) in enumerate(zip(poll["options"], results["votes"], strict=True)):
        yield ("☑" if place in results.get("mine", ()) else "☐"), f"{option}: {votes}"


def _vote_in_text(poll: Poll, text: str) -> list[int] | None:
    options = sorted({int(number) - 1 for number in _NUMBER.findall(text)})
    try:
        _check(poll, options)
    except ValueError:
        return None
    return options if options and options[0] >= 0 else None


KIND = Kind(
    POLL,
    "Poll",
    "投票",
    in_words=lambda content, language: content,
    part=POLL,
    shape=Poll,
    sent=_Poll,
    stored=stored_poll,
    for_clients=lambda content: (content.partition("\n")[0], {}),
    responding=Responding(
        command="vote",
        closing="close_poll",
        path="votes",
        sent=_Vote,
        stored=lambda vote: sorted(set(vote.options)),
        check=_check,
        is_over=_is_over,
        results=Results,
        counted=_count_votes,
        lines=_export_lines,
        in_text=_vote_in_text,
    ),
    is_text=True,
    is_screened=True,
    example="Where do we eat?",
)
