"""A person's contacts, and whom the person lets reach them. From its place in the log on, a change acts in
every process."""

from functools import partial
from typing import NamedTuple

from django.db import transaction
from msgspec import structs

from accounts import preconditions
from accounts.codes import Cause, Name
from accounts.models import User
from accounts.names.userids import is_userid
from accounts.selectors import PROFILE_FIELDS, is_called
from chat.failures import CommandRefused
from chat.models import ContactRequest
from chat.signals import contact_changed
from log import changes
from log.models import Contact, Conversation, Privacy
from log.person_choices import Rules
from log.reach import rules_of, visible_to

MAX_CONTACTS = 2000
# A request is visible for so long, and as long nobody asks the same person again, whatever became of it.
REQUEST_DAYS = 30
# What became of a request. One of somebody who is blocked goes nowhere; only the desk could tell.
WAITING, ACCEPTED, DECLINED, DROPPED = "waiting", "accepted", "declined", "nowhere"


# Userid, nickname, avatar, whether it is a bot, and how the nickname is spelled.
_Row = tuple[str, str, str, bool, str]


class ContactEntry(NamedTuple):
    """A contact. `initial`: under which letter the list has it, in pinyin; `#` for all that is no letter.
    Without nickname and avatar if the contact does not let the person find them any more."""

    userid: str
    nickname: str
    avatar: str
    is_bot: bool
    remark: str
    initial: str


def change_rules(userid: str, **rules: str) -> Rules:
    """Say who may reach the person, as far as it is given. Returns what holds now."""
    with transaction.atomic():
        lock_people(userid)
        preconditions.check()
        before = rules_of(userid)
        after = structs.replace(before, **rules)
        if after != before:
            mine = Privacy.objects.filter(user=userid)
            # Who is reached by everybody has no row, so that nothing is read of it for their messages.
            if after == Rules():
                mine.delete()
            else:
                Privacy.objects.update_or_create(user_id=userid, defaults=structs.asdict(after))
            changes.append_reach(userid)
    return after


# What a contact is sorted by: whether the name begins with no letter, its spelling, the userid.
Key = tuple[bool, str, str]


def contacts_of(userid: str, q: str = "") -> list[ContactEntry]:
    """The person's contacts in the order of their names, Chinese ones in pinyin; with `q`, those whose userid
    begins with it, or whose name or remark has it."""
    return [known for _, known in keyed_contacts_of(userid, q)]


def keyed_contacts_of(userid: str, q: str = "") -> list[tuple[Key, ContactEntry]]:
    """The same, with what they are sorted by."""
    mine = Contact.objects.filter(user=userid)
    people = User.objects.filter(pk__in=mine.values("other"))
    remarks = dict(
        Conversation.objects.filter(user=userid, peer__in=mine.values("other"))
        .exclude(remark="")
        .values_list("peer", "remark")
    )
    visible = people.filter(visible_to(userid)).values_list(*PROFILE_FIELDS, "spelling")
    rows: dict[str, _Row] = {pk: (pk, "", "", False, "") for pk in people.values_list("pk", flat=True)}
    rows |= {row[0]: row for row in visible}
    if q:
        named = {peer for peer, remark in remarks.items() if q.casefold() in remark.casefold()}
        matching = people.filter(is_called(q), visible_to(userid)).values_list("pk", flat=True)
        rows = {pk: rows[pk] for pk in {*named, *matching, *(pk for pk in rows if pk.startswith(q))}}
    return sorted(_contact_entry(row, remarks.get(row[0], "")) for row in rows.values())


def add_contact(userid: str, other: str) -> None:
    """`other` is among the person's contacts from now on; if they have asked for that, it is mutual. Doing it
    twice does no harm. Raises CommandRefused."""
    if userid == other:
        raise CommandRefused(Name.INVALID, "nobody is their own contact")
    require_visible(userid, other)
    with transaction.atomic():
        lock_people(userid, other)
        pending = ContactRequest.objects.filter(
            sender=other, sender__is_active=True, recipient=userid, state=WAITING
        )
        insert_contact(userid, other)
        if pending.update(state=ACCEPTED):
            insert_contact(other, userid, if_full=False)
    notify_devices(userid, other)


def remove_contact(userid: str, other: str) -> None:
    """`other` is none of the person's contacts any more; the person stays one of theirs."""
    if not is_userid(other):
        return
    with transaction.atomic():
        removed, _ = Contact.objects.filter(user=userid, other=other).delete()
        if removed:
            changes.append_reach(userid, other)
    if removed:
        notify_devices(userid, other)


def is_contact(userid: str, other: str) -> bool:
    return Contact.objects.filter(user=userid, other=other).exists()


def require_visible(userid: str, other: str) -> None:
    """Raises CommandRefused for somebody who does not exist, and likewise for somebody who is hidden from the
    person."""
    # PostgreSQL looks for no text with NUL in it.
    if not is_userid(other) or not User.objects.filter(visible_to(userid), pk=other).exists():
        raise CommandRefused.by(Cause.NO_SUCH_USER)


def insert_contact(userid: str, other: str, *, if_full: bool = True) -> None:
    """In a transaction that has locked both. `if_full`: raise CommandRefused if the person has too many."""
    if is_contact(userid, other):
        return
    if Contact.objects.filter(user=userid).count() < MAX_CONTACTS:
        Contact.objects.create(user_id=userid, other_id=other)
    elif if_full:
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_CONTACTS} contacts")


def lock_people(*userids: str) -> None:
    """Nobody else changes what these people are for each other until the transaction ends."""
    # NO KEY, for the reason given for `User._lock`; in one order, so that no two wait for each other.
    list(User.objects.select_for_update(no_key=True).filter(pk__in=userids).order_by("pk").values_list("pk"))


def notify_devices(userid: str, *others: str) -> None:
    """The person's devices, once it is committed, that something has changed between the person and these."""
    for other in others:
        transaction.on_commit(partial(contact_changed.send, sender=Contact, userid=userid, other=other))


def _contact_entry(row: _Row, remark: str) -> tuple[Key, ContactEntry]:
    """With what it is sorted by."""
    userid, nickname, avatar, is_bot, spelling = row
    name = remark or nickname or userid
    # A remark is not spelled: the person would look for it where the name would be.
    is_latin = name[:1].isascii()
    spelled = name if is_latin or not spelling else spelling.split(" ", 2)[1]
    key = spelled.casefold()
    initial = key[0].upper() if "a" <= key[:1] <= "z" else "#"
    return (initial == "#", key, userid), ContactEntry(userid, nickname, avatar, is_bot, remark, initial)
