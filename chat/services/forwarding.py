"""Passes messages on to other conversations, one by one or as one message that holds them: all of it, or
nothing. What is passed on is a message of its own: a recall of the first does not follow it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.codes import Cause, Name
from accounts.limits import limits
from accounts.selectors import names_of
from accounts.services import desk_userids, ensure_each
from chat import access, failures
from chat.failures import CommandRefused
from chat.naming import read_names, read_naming
from chat.protocol import extensions
from chat.protocol.bounds import size
from chat.protocol.commands import Forward, Send
from chat.protocol.kinds import CHINESE, ENGLISH, VERBS, in_words, kind_of, preview
from chat.protocol.replies import Failure, ToForward
from chat.reading import selectors
from chat.reading.clearing import all_cleared_of
from chat.services import checking, screening
from chat.services.plans import DatabaseTurn, Plan, Query, Sender
from log import appending
from log.amendments import AS_SENT, edited, latest_of
from log.appending import Draft
from log.cards import without_actions
from log.details import BUNDLE, CUSTOM, FORWARDED, SILENT, decoded, encoded, without_mentions
from log.models import Message
from log.rows import HELD, Entry, LogId, Recipient

TOO_MUCH = Failure(Name.TOO_LONG, "this is too much to forward at once")
# The title of a bundle names so many people.
MAX_NAMES_IN_TITLE = 3
# So many messages are read at once: what is too much to forward is refused before all of it is read.
MESSAGES_PER_READ = 10


def forward(sender: Sender, command: Forward, base_url: str) -> Plan[ToForward]:
    """Append all of it or nothing. Raises as `sending.send`."""
    # Each try costs reads, also one that is refused.
    access.may_query_so_fast(limits.current(), sender.address, sender.userid)
    sender.may_send()
    prepared = yield Query(
        partial(prepare_drafts, sender.userid, command, sender.address, base_url), DatabaseTurn.PAGE
    )
    if isinstance(prepared, tuple):
        return ToForward(prepared)
    drafts = yield from checking.checked_drafts(prepared)
    sender.may_send()  # it may have changed while something was waited for
    return ToForward((yield Query(partial(append_all, drafts), DatabaseTurn.WRITE)))


def prepare_drafts(
    userid: str, command: Forward, address: str, base_url: str
) -> list[Draft] | tuple[LogId, ...]:
    """Return the drafts to store, or the ids of what was stored before with this cid. Raises
    CommandRefused, TooFast and DatabaseError."""
    if command.cid is not None and (earlier := _earlier(userid, command.cid)):
        return earlier
    room = _max_bytes(command)
    messages = _forwardable_messages(userid, command.targets, room)
    _check_recipients(userid, command.to, address)
    of_one = [_bundle(messages)] if command.merged else [_forwarded(message) for message in messages]
    bytes_ = sum(size(content) + size(details) for _, content, details in of_one)
    if bytes_ > room:
        raise CommandRefused.because(TOO_MUCH)
    number = len(command.to) * len(of_one)
    access.may_send_so_fast(limits.current(), address, userid, bytes_ * len(command.to), number)
    drafts = [
        draft._replace(sources=command.targets)
        for to in command.to
        for draft in _drafts(userid, to, of_one, address, base_url)
    ]
    if command.cid is None:
        return drafts
    begin = _cid_prefix(command.cid)
    return [draft._replace(cid=f"{begin}{number:04}") for number, draft in enumerate(drafts)]


def append_all(drafts: Sequence[Draft]) -> tuple[LogId, ...]:
    """Append all of them or, if one may not be sent, none. Raises AccountBanned, Forbidden, CommandRefused,
    TooFast, appending.NoSpace and DatabaseError."""
    with transaction.atomic():
        outcomes = appending.append(drafts).outcomes
        return tuple(
            failures.stored_or_raise(draft.sender, outcome).id
            for draft, outcome in zip(drafts, outcomes, strict=True)
        )


# What is stored of a message: its kind, its content, its details.
_Stored = tuple[str, str, str]


def _cid_prefix(cid: str) -> str:
    """Return the prefix of the client ids of the messages that one command with this client id stores."""
    return f"f{blake2b(cid.encode(), digest_size=16).hexdigest()}:"


def _earlier(userid: str, cid: str) -> tuple[LogId, ...]:
    begin = _cid_prefix(cid)
    rows = Message.objects.filter(sender=userid, cid__gt=begin, cid__lt=begin[:-1] + ";").order_by("cid")
    return tuple(rows.values_list("id", flat=True))


def _max_bytes(command: Forward) -> int:
    """Return how many bytes may be forwarded to each conversation."""
    room: int = settings.IM66.max_frame_bytes // len(command.to)
    return min(room, settings.IM66.max_text_bytes) if command.merged else room


def _forwardable_messages(userid: str, ids: Iterable[LogId], room: int) -> list[Entry]:
    """Return the messages as last edited, in the order of their ids. Raises CommandRefused like
    `_forwardable`, and if they have more than `room` bytes."""
    ordered = sorted(set(ids))
    messages: list[Entry] = []
    for start in range(0, len(ordered), MESSAGES_PER_READ):
        portion = _forwardable(userid, ordered[start : start + MESSAGES_PER_READ])
        room -= sum(size(message.content) for message in portion)
        if room < 0:
            raise CommandRefused.because(TOO_MUCH)
        messages += portion
    return messages


def _forwardable(userid: str, ids: Sequence[LogId]) -> list[Entry]:
    """Return these messages as last edited, in this order. Raises CommandRefused if the person may not read
    one or has cleared or hidden it, or if it was recalled."""
    readable, latest = selectors.readable_messages(userid, ids), latest_of(ids, userid)
    pairs = [(readable.get(id_), latest.get(id_, AS_SENT)) for id_ in ids]
    cleared = all_cleared_of(userid, {message.peer_of(userid) for message in readable.values()})
    for message, now in pairs:
        if (
            message is None
            or now.hidden
            or now.recalled
            or message.id <= cleared.get(message.peer_of(userid), 0)
        ):
            raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    return [edited(message, now) for message, now in pairs if message]


def _check_recipients(userid: str, places: Sequence[Recipient], address: str) -> None:
    for to in places:
        access.may_write_to(to, desk_userids())
        access.may_send_to(userid, to)
    unknown = ensure_each({to: {address} for to in places if isinstance(to, str)})
    for why in unknown.values():
        raise why or CommandRefused.by(Cause.NO_SUCH_USER)


def _forwarded(message: Entry) -> _Stored:
    """The first author stays named. Data that programs attached is not forwarded."""
    fields = without_actions(decoded(without_mentions(message.details)))
    for own in (SILENT, CUSTOM):
        fields.pop(own, None)
    origin = {"from": message.sender, "time": message.time}
    return message.kind, message.content, encoded({FORWARDED: origin, **fields})


def _bundle(messages: Sequence[Entry]) -> _Stored:
    names = {
        userid: named.name for userid, named in names_of({message.sender for message in messages}).items()
    }
    items = [_bundle_item(message, names.get(message.sender, message.sender)) for message in messages]
    title = _title(messages, names)
    lines = [f"{title} ({len(items)})", *map(_bundle_line, items)]
    return BUNDLE, "\n".join(lines), encoded({BUNDLE: {"title": title, "items": items}})


def _bundle_item(message: Entry, nickname: str) -> dict[str, Any]:
    """What is no message of the first apps stands there as a text."""
    is_plain = message.kind in VERBS
    return {
        "from": message.sender,
        "nickname": nickname,
        "kind": message.kind if is_plain else "text",
        "content": message.content if is_plain else in_words(message.kind, message.content, _language()),
        "time": message.time,
    }


def _bundle_line(item: dict[str, Any]) -> str:
    """As the shipped apps and search read it. The address of a file keeps it from being removed as unused."""
    is_text = item["kind"] == "text"
    text = item["content"] if is_text else f"{preview(item['kind'], _language())} {item['content']}"
    return f"{item['nickname']}: {text}"


def _language() -> str:
    """That of the shipped apps, which read all of a bundle as one text."""
    return ENGLISH if settings.IM66.legacy_language == "en" else CHINESE


def _title(messages: Sequence[Entry], names: dict[str, str]) -> str:
    places = {message.to for message in messages}
    (place,) = places if len(places) == 1 else ("",)
    if isinstance(place, int):
        group = read_names([place])[place]
        return group.name if group else str(place)
    people = list(dict.fromkeys(names.get(message.sender, message.sender) for message in messages))
    return ", ".join(people[:MAX_NAMES_IN_TITLE]) + ("…" if len(people) > MAX_NAMES_IN_TITLE else "")


def _drafts(
    userid: str, to: Recipient, of_one: Sequence[_Stored], address: str, base_url: str
) -> Iterator[Draft]:
    extension = extensions.filled("", read_naming(userid, to, base_url))
    for kind, content, details in of_one:
        stored, text = _screened(userid, to, kind, content, details)
        fits = extensions.has_room_for_extension(size(content))
        sent_as = kind if stored == HELD else ""
        extended = extension if fits else ""
        yield Draft(stored, userid, to, text, extended, address, details=details, sent_as=sent_as)


def _screened(userid: str, to: Recipient, kind: str, content: str, details: str) -> tuple[str, str]:
    """The kind and the content that are stored. A bundle says everything twice, so nothing in it is masked or
    held: it is refused."""
    if not kind_of(kind).is_made_here:
        return screening.screened(userid, Send(kind, to, content, "", details=details))
    if screening.screened(userid, Send("text", to, content, "")) != ("text", content):
        raise CommandRefused.by(Cause.MESSAGE_NOT_ALLOWED)
    return kind, content
