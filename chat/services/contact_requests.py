"""Requests to become contacts, with a line of text.

The sender only learns whether a request was accepted: not that it was declined, nor that they are blocked.
They may send another request after REQUEST_DAYS.
"""

import time
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Actor, may_send
from accounts.authentication.authentication import Person
from accounts.codes import Cause, Name
from accounts.limits.limits import TooFast
from accounts.models import User
from accounts.texts import Question, Subject
from chat.failures import CommandRefused
from chat.models import ContactRequest, NewestLogin
from chat.protocol.frames import ContactState
from chat.services import checking, contacts
from chat.services.checking import is_text
from chat.services.contacts import ACCEPTED, DECLINED, DROPPED, REQUEST_DAYS, WAITING
from chat.services.service_texts import in_both
from chat.services.service_texts import send_text as send_service_text
from log.models import Block
from log.person_choices import Circle
from log.reach import rules_of

MAX_TEXT_CHARACTERS = 100
# How many people somebody may ask in a day, and how many requests may wait for one person.
MAX_REQUESTS_PER_DAY = 20
MAX_WAITING_REQUESTS = 200

_DAY_SECONDS = 24 * 60 * 60


class RequestEntry(NamedTuple):
    """A request between the person and `other`. `is_mine`: the person has sent it. `is_accepted`: only of a
    request just sent, because accepted ones are not listed."""

    id: int
    other: str
    text: str
    time: int
    is_mine: bool
    is_accepted: bool


def send_request(sender: Person, other: str, text: str) -> RequestEntry:
    """Send a request to `other`, or return the earlier one. Raise Forbidden, CommandRefused and TooFast."""
    userid = sender.userid
    may_send(Actor(muted=sender.muted))
    if userid == other:
        raise CommandRefused(Name.INVALID, "nobody is their own contact")
    contacts.require_visible(userid, other)
    question = Question(Subject.MESSAGE, userid, (other,), "request", text, takes=_is_valid_text)
    text = checking.checked_text(question, other)
    with transaction.atomic():
        contacts.lock_people(userid, other)
        request = _recent().filter(sender=userid, recipient=other).first()
        is_new = request is None
        if request is None or request.state == ACCEPTED:
            request = _request_or_connect(userid, other, text, request)
    contacts.notify_devices(userid, other)
    if is_new and request.state != DROPPED:
        contacts.notify_devices(other, userid)
    if is_new and request.state == WAITING:
        _notify_shipped(userid, other, text)
    return _entry(request, userid)


def requests_of(userid: str) -> list[RequestEntry]:
    """List the pending requests to the person, and those that the person has sent, latest first."""
    waiting = _from_others(userid).filter(state=WAITING)
    mine = _recent().filter(sender=userid).exclude(state=ACCEPTED)
    requests = sorted([*waiting, *mine], key=lambda request: (-request.asked_at, -request.pk))
    return [_entry(request, userid) for request in requests]


def answer_request(userid: str, id_: int, *, accepts: bool) -> None:
    """Accept or decline a request. Idempotent. Raise CommandRefused if the person has no such request."""
    state = ACCEPTED if accepts else DECLINED
    sender = _from_others(userid).filter(pk=id_).values_list("sender", flat=True).first()
    with transaction.atomic():
        if sender is not None:
            contacts.lock_people(userid, sender)
        request = _from_others(userid).filter(pk=id_, state__in=(WAITING, state)).first()
        if request is None:
            raise CommandRefused(Name.NOT_FOUND, "no such request")
        if request.state == WAITING:
            if accepts:
                _connect(userid, request.sender_id)
            request.state = state
            request.save(update_fields=["state"])
    contacts.notify_devices(userid, request.sender_id)
    if accepts:
        contacts.notify_devices(request.sender_id, userid)


def contact_state(userid: str, other: str) -> ContactState:
    """Return the contact state: `contact`, `incoming` or `outgoing` for a pending request, or `none`."""
    if contacts.is_contact(userid, other):
        return "contact"
    waiting = [request for request in requests_of(userid) if request.other == other]
    return "none" if not waiting else "outgoing" if waiting[0].is_mine else "incoming"


def _recent() -> QuerySet[ContactRequest]:
    return ContactRequest.objects.filter(asked_at__gt=int(time.time()) - REQUEST_DAYS * _DAY_SECONDS)


def _from_others(userid: str) -> QuerySet[ContactRequest]:
    """Return the requests to the person, except those of people who are banned or blocked now."""
    blocked = Block.objects.filter(user=userid).values("blocked")
    return _recent().filter(recipient=userid, sender__is_active=True).exclude(sender__in=blocked)


def _request_or_connect(userid: str, other: str, text: str, before: ContactRequest | None) -> ContactRequest:
    is_blocked = Block.objects.filter(user=other, blocked=userid).exists()
    both_ask = _from_others(userid).filter(sender=other, state=WAITING)
    if not is_blocked and (contacts.is_contact(other, userid) or both_ask.exists()):
        both_ask.update(state=ACCEPTED)
        _connect(userid, other)
        return _store(userid, other, text, ACCEPTED)
    if before is not None:
        return before
    if rules_of(other).write == Circle.NOBODY:
        raise CommandRefused.by(Cause.UNWANTED)
    _check_request_limits(userid, other)
    return _store(userid, other, text, DROPPED if is_blocked else WAITING)


def _is_valid_text(text: str) -> bool:
    return is_text(text) and len(text) <= MAX_TEXT_CHARACTERS


def _check_request_limits(userid: str, other: str) -> None:
    now = int(time.time())
    recent = ContactRequest.objects.filter(sender=userid, asked_at__gt=now - _DAY_SECONDS).order_by(
        "-asked_at"
    )
    times = list(recent.values_list("asked_at", flat=True)[:MAX_REQUESTS_PER_DAY])
    if len(times) == MAX_REQUESTS_PER_DAY:
        raise TooFast("contact requests", times[-1] + _DAY_SECONDS - now)
    if _recent().filter(recipient=other, state=WAITING).count() >= MAX_WAITING_REQUESTS:
        raise CommandRefused(Name.CONFLICT, "too many requests wait for this person")


def _store(userid: str, other: str, text: str, state: str) -> ContactRequest:
    # Expired requests of a person are deleted when the person sends another.
    old = ContactRequest.objects.filter(asked_at__lte=int(time.time()) - REQUEST_DAYS * _DAY_SECONDS)
    old.filter(sender=userid).exclude(recipient=other).delete()
    now = {"text": text, "state": state, "asked_at": int(time.time())}
    request, _ = ContactRequest.objects.update_or_create(sender_id=userid, recipient_id=other, defaults=now)
    return request


def _connect(userid: str, other: str) -> None:
    """Make both contacts of each other. Only `userid`, who decides it, gets an error for a full list."""
    contacts.insert_contact(userid, other)
    contacts.insert_contact(other, userid, if_full=False)


def _entry(request: ContactRequest, userid: str) -> RequestEntry:
    is_mine = request.sender_id == userid
    other = request.recipient_id if is_mine else request.sender_id
    return RequestEntry(request.pk, other, request.text, request.asked_at, is_mine, request.state == ACCEPTED)


def _notify_shipped(userid: str, other: str, text: str) -> None:
    """Send a text of the service about the request to users of the shipped apps, which lack contacts."""
    uses_them = NewestLogin.objects.filter(user=other).exists()
    if not uses_them and not User.objects.filter(pk=other, delivered_id__gt=0).exists():
        return
    name = User.objects.get(pk=userid).display_name
    quoted = {"name": name, "userid": userid, "text": f"“{text}”" if text else ""}
    send_service_text(
        other,
        in_both(
            "{name} ({userid}) wants to be your contact. {text}".format(**quoted).rstrip(),
            "{name}（{userid}）请求加你为联系人。{text}".format(**quoted),
        ),
    )
