"""Recalls and edits messages, and adds reactions and responses to them.

The sender of a message that is held for a moderator gets the same results as for a delivered one.
"""

import time
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.access import Actor
from accounts.codes import Cause, Name
from chat import access, failures
from chat.failures import CommandRefused
from chat.protocol.bounds import size
from chat.protocol.commands import Amend
from chat.protocol.replies import Amended
from chat.reading import selectors
from chat.services import checking, responding, screening
from chat.services.plans import Append, DatabaseTurn, Plan, Query, Sender
from groups.selectors import WritePermission, permission_in
from log import changes, log_end
from log.amendments import AS_SENT, Latest, count_changes, latest_of
from log.details import EVERYBODY, FORWARDED, custom_in, decoded, encoded, with_custom, with_mentions
from log.drafts import Draft
from log.models import HeldMessage
from log.permissions import check_senders
from log.reactions import NONE, count_reactions, reaction_of, reactions_of
from log.rows import EDIT, REACTION, RECALL, RESPONSE, RESPONSES, Entry, LogId, Recipient
from log.stored_rows import OFF

# How many different reactions a person may have given to one message, also those taken back.
MAX_REACTIONS = 20
# How many different reactions a message may have from all people together.
MAX_EMOJI_PER_MESSAGE = 32
# How often a person may edit one message, or change reactions to it: all changes are read with the message.
MAX_CHANGES_PER_PERSON = 100


class AmendmentTarget(NamedTuple):
    """The message that is amended: its id `target` and its recipient `to`. `is_held`: only its sender knows
    of it, and `amend_held` stores the amendment. `details`: the current details of the message."""

    target: LogId
    to: Recipient
    is_held: bool = False
    details: str = ""


def resolve_target(userid: str, command: Amend) -> AmendmentTarget | Amended:
    """Return the target of the amendment, or Amended with the earlier row if `userid` has done the same
    before. An edit that the rules of the desk change counts as new. Raise CommandRefused and DatabaseError.

    Whether `userid` is muted, blocked or no longer in the group is checked when the row is appended.
    """
    message = selectors.readable_message(userid, command.target)
    if message is None:
        return _resolve_held_target(userid, command)
    _check(userid, command, message)
    latest = latest_of([command.target]).get(command.target, AS_SENT)
    earlier = _earlier_row(userid, command, latest)
    if earlier is None:
        if command.kind == RESPONSE:
            responding.require_open(message)
        _check_change_count(userid, command)
    if earlier is not None:
        return Amended(earlier)
    details = message.details if latest.content is None else latest.details
    return AmendmentTarget(message.id, _peer_of(userid, message), details=details)


def amend(sender: Sender, command: Amend) -> Plan[Amended]:
    """Recall or edit a message, react or respond to it. Raises as `sending.send`."""
    sender.may_send()
    bytes_ = sum(map(size, (command.content, *command.mentions, encoded(command.custom or {}))))
    sender.charge(bytes_)
    # PAGE also reads the person's earlier amendments: a reaction that was retracted may be given again.
    goal = yield Query(partial(resolve_target, sender.userid, command), DatabaseTurn.PAGE)
    if isinstance(goal, Amended):
        return goal
    if EVERYBODY in command.mentions:
        yield Query(partial(access.may_mention_all, sender.userid, goal.to))
    content = command.content
    # A reaction may be any short text.
    if command.kind in (EDIT, REACTION):
        content = yield from screening.screened_edit(sender.userid, goal.to, content)
    if command.kind == EDIT:
        content = yield from checking.checked_edit(sender.userid, goal.to, goal.target, content)
    changed = None if content is command.content else content
    draft = _draft(sender, command, goal, content)
    if goal.is_held:
        amended: Amended = yield Query(partial(amend_held, draft), DatabaseTurn.WRITE)
        return amended._replace(content=changed)
    return Amended(failures.stored_or_raise(sender.userid, (yield Append(draft, bytes_))).id, changed)


def check_reply(userid: str, to: Recipient, target: LogId) -> None:
    """Raise CommandRefused unless `userid` may read the message `target` and it is in the conversation with
    `to`."""
    message = selectors.readable_message(userid, target)
    actual = _held_message(userid, target).to if message is None else _peer_of(userid, message)
    if actual != to:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)


def amend_held(draft: Draft) -> Amended:
    """Store an amendment of a held message, with an empty row in the log. Raise CommandRefused, as for a
    delivered message, and DatabaseError."""
    with transaction.atomic():
        assert draft.target is not None
        held = HeldMessage.objects.select_for_update().get(pk=draft.target)
        if held.released_id is not None:
            raise CommandRefused.by(Cause.NOT_STORED)
        done = held.amendments or []
        amendment = {"kind": draft.kind, "content": draft.content, "is_on": draft.extension != OFF}
        if draft.details:
            amendment["details"] = draft.details
        if (earlier := _earlier_amendment_of_held(done, amendment)) is not None:
            return Amended(earlier)
        log_end.take()
        if rejection := check_senders([draft]).rejection(draft, {}):
            raise CommandRefused.of(rejection)
        id_ = changes.append_held(draft.sender)
        held.amendments = [*done, {"id": id_, **amendment}]
        # A recalled message needs no moderator's decision.
        held.is_waiting = held.is_waiting and draft.kind != RECALL
        held.save(update_fields=["amendments", "is_waiting"])
    return Amended(id_)


def _draft(sender: Sender, command: Amend, goal: AmendmentTarget, content: str) -> Draft:
    return Draft(
        command.kind,
        sender.userid,
        goal.to,
        content,
        "" if command.is_on else OFF,
        sender.address,
        goal.target,
        command.cid,
        sender.origin,
        details=_edited_details(command, goal.details),
    )


def _edited_details(command: Amend, details: str) -> str:
    """Return the details after an edit: its mentions and the custom data."""
    if command.kind != EDIT:
        return ""
    custom = custom_in(details) if command.custom is None else command.custom
    return with_mentions(with_custom("", custom), command.mentions)


def _check(userid: str, command: Amend, message: Entry) -> None:
    permission = (
        permission_in(message.to, userid) if isinstance(message.to, int) else WritePermission(Actor())
    )
    access.may_amend(
        command.kind,
        permission.actor,
        is_author=message.sender == userid,
        is_in_time=time.time() - message.time <= settings.IM66.recall_seconds,
        is_in_group=isinstance(message.to, int),
        is_quiet=permission.is_quiet,
    )
    if command.kind in RESPONSES:
        responding.check_response(message, command.content)
    if command.kind == EDIT and message.kind != "text":
        raise CommandRefused(Name.INVALID, "only a text can be edited")
    if command.kind == EDIT and FORWARDED in decoded(message.details):
        raise CommandRefused(Name.INVALID, "a forwarded message cannot be edited")


def _earlier_row(userid: str, command: Amend, latest: Latest) -> LogId | None:
    """Return the earlier row with the same effect. Raise CommandRefused if the message is recalled."""
    if command.kind == RECALL:
        return latest.recalled
    if latest.recalled is not None:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    if command.kind in RESPONSES:
        return responding.earlier_response(userid, command)
    if command.kind == REACTION:
        return _same_reaction(userid, command)
    # With the same content, the mentions or the custom data may still differ.
    is_same = latest.content == command.content and not (command.mentions or command.custom or latest.details)
    return latest.edited if is_same else None


def _check_change_count(userid: str, command: Amend) -> None:
    if count_changes(userid, command.target, command.kind, MAX_CHANGES_PER_PERSON) == MAX_CHANGES_PER_PERSON:
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_CHANGES_PER_PERSON} changes of a message")


def _same_reaction(userid: str, command: Amend) -> LogId | None:
    """Return the row of the same reaction. Raise CommandRefused if there are too many reactions."""
    last = reaction_of(userid, command.target, command.content)
    if last is None and count_reactions(userid, command.target, MAX_REACTIONS) == MAX_REACTIONS:
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_REACTIONS} different reactions to a message")
    if command.is_on and not (last and last.is_on):
        emojis = reactions_of([command.target]).get(command.target, NONE).userids
        if len(emojis) >= MAX_EMOJI_PER_MESSAGE and command.content not in emojis:
            raise CommandRefused(
                Name.CONFLICT, f"a message has at most {MAX_EMOJI_PER_MESSAGE} different reactions"
            )
    return last.id if last and last.is_on == command.is_on else None


def _held_message(userid: str, target: LogId) -> HeldMessage:
    """Return the sender's held message with this id. Raise CommandRefused if there is none."""
    held = HeldMessage.objects.filter(pk=target, sender=userid).first()
    if held is None:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    return held


def _resolve_held_target(userid: str, command: Amend) -> AmendmentTarget | Amended:
    """Do `resolve_target` for a held message. If it was released, the target is the message sent then."""
    held = _held_message(userid, command.target)
    if held.released_id is not None:
        return resolve_target(userid, replace(command, target=held.released_id))
    to, done = held.to, held.amendments or []
    details = held.details or ""
    message = Entry(held.pk, held.kind, userid, to, "", "", held.timet, details=details)
    _check(userid, command, message)
    expected = {"kind": command.kind, "content": command.content, "is_on": command.is_on}
    edits = [amendment.get("details", "") for amendment in done if amendment["kind"] == EDIT]
    now = edits[-1] if edits else details
    if after := _edited_details(command, now):
        expected["details"] = after
    earlier = _earlier_amendment_of_held(done, expected)
    return AmendmentTarget(held.pk, to, is_held=True, details=now) if earlier is None else Amended(earlier)


def _earlier_amendment_of_held(done: list[dict[str, Any]], expected: dict[str, Any]) -> LogId | None:
    """Return the id of the amendment with the same effect; None if there is none. Raise CommandRefused as for
    a delivered message."""
    kind, same = expected["kind"], [amendment for amendment in done if amendment["kind"] == expected["kind"]]
    if kind == RECALL:
        return same[0]["id"] if same else None
    if any(amendment["kind"] == RECALL for amendment in done):
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    if kind == REACTION:
        last = next(
            (amendment for amendment in reversed(same) if amendment["content"] == expected["content"]), None
        )
        if last is None and len({amendment["content"] for amendment in same}) == MAX_REACTIONS:
            raise CommandRefused(Name.CONFLICT, f"at most {MAX_REACTIONS} different reactions to a message")
        is_same = last is not None and last["is_on"] == expected["is_on"]
    else:
        last = same[-1] if same else None
        is_same = last is not None and all(
            last.get(name) == expected.get(name) for name in ("content", "details")
        )
    if last is not None and is_same:
        return int(last["id"])
    if len(same) == MAX_CHANGES_PER_PERSON:
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_CHANGES_PER_PERSON} changes of a message")
    return None


def _peer_of(userid: str, message: Entry) -> Recipient:
    """Return the other person, or the group, of the conversation."""
    if isinstance(message.to, int) or message.sender == userid:
        return message.to
    return message.sender
