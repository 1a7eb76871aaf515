"""A person's contacts, and the choice of people who may reach them. A change takes effect in every process
from its position in the log on."""

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
# How long a request is listed, and how long its sender cannot send the same person another.
REQUEST_DAYS = 30
# The states of a request. That of a blocked sender is dropped, and shown to nobody but its sender.
WAITING, ACCEPTED, DECLINED, DROPPED = "waiting", "accepted", "declined", "nowhere"


# Userid, nickname, avatar, whether it is a bot, and how the nickname is spelled.
_Row = tuple[str, str, str, bool, str]


class ContactEntry(NamedTuple):
    """A contact. `initial`: the letter of its section in the list, in pinyin; `#` if there is none. Nickname
    and avatar are empty if the contact has become hidden from the person."""

    userid: str
    nickname: str
    avatar: str
    is_bot: bool
    remark: str
    initial: str


def change_rules(userid: str, **rules: str) -> Rules:
    """Change the given rules of who may reach the person. Return all rules."""
    with transaction.atomic():
        lock_people(userid)
        preconditions.check()
        before = rules_of(userid)
        after = structs.replace(before, **rules)
        if after != before:
            mine = Privacy.objects.filter(user=userid)
            # The default rules have no row, so that messages to the person need no lookup.
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
    """Return `contacts_of`, each with its sort key."""
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
    """Add `other` to the person's contacts, and if they have a pending request for that, also the person to
    theirs. Idempotent. Raise CommandRefused."""
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
    """Remove `other` from the person's contacts. The person stays one of theirs."""
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
    """Raise CommandRefused if `other` does not exist or is hidden from the person, without a difference."""
    # PostgreSQL looks for no text with NUL in it.
    if not is_userid(other) or not User.objects.filter(visible_to(userid), pk=other).exists():
        raise CommandRefused.by(Cause.NO_SUCH_USER)


def insert_contact(userid: str, other: str, *, if_full: bool = True) -> None:
    """Store a contact, in a transaction that has locked both people. If the person has too many contacts,
    raise CommandRefused, or do nothing if not `if_full`."""
    if is_contact(userid, other):
        return
    if Contact.objects.filter(user=userid).count() < MAX_CONTACTS:
        Contact.objects.create(user_id=userid, other_id=other)
    elif if_full:
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_CONTACTS} contacts")


def lock_people(*userids: str) -> None:
    """Lock the contacts and rules of these people until the transaction ends."""
    # NO KEY, for the reason given for `User._lock`; in one order, so that no two wait for each other.
    list(User.objects.select_for_update(no_key=True).filter(pk__in=userids).order_by("pk").values_list("pk"))


def notify_devices(userid: str, *others: str) -> None:
    """Notify the person's devices on commit that the contact state with these people has changed."""
    for other in others:
        transaction.on_commit(partial(contact_changed.send, sender=Contact, userid=userid, other=other))


def _contact_entry(row: _Row, remark: str) -> tuple[Key, ContactEntry]:
    """Return the contact with its sort key."""
    userid, nickname, avatar, is_bot, spelling = row
    name = remark or nickname or userid
    # A remark is not spelled: the person would look for it where the name would be.
    is_latin = name[:1].isascii()
    spelled = name if is_latin or not spelling else spelling.split(" ", 2)[1]
    key = spelled.casefold()
    initial = key[0].upper() if "a" <= key[:1] <= "z" else "#"
    return (initial == "#", key, userid), ContactEntry(userid, nickname, avatar, is_bot, remark, initial)
