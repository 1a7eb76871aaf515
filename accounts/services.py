"""The rules of accounts, and all writes to them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from msgspec.structs import replace

from accounts import invitations
from accounts.account_status import EVERYTHING, Change, moment_of, proofs_count_from
from accounts.given_names import allowed_name
from accounts.inserting import insert
from accounts.limits import limits
from accounts.limits.limits import TooFast
from accounts.models import AVATAR_LENGTH, NICKNAME_LENGTH, Invitation, User, validate_userid
from accounts.names.aliases import alias_of, is_alias
from accounts.names.normalizing import plain
from accounts.names.unseen import is_visible
from accounts.names.userids import may_be_chosen
from accounts.signals import announce_account_status

# Values of IM66_SIGNUP; the third is "open".
CLOSED, INVITE = "closed", "invite"

# What the service was called under the default that was later replaced by another one.
_FORMER_DESKS = {"im66desk": "im66-desk"}

# In the place of a digest: somebody has set it.
SET_BY_SOMEBODY = "set"

# How many users one transaction creates. Other writers get their turn between two transactions.
_MAX_AT_ONCE = 100

_RAISE_DELIVERED = f"""
    UPDATE {User._meta.db_table} SET delivered_id = %s WHERE userid = %s AND delivered_id < %s
"""
# Messages are not written meanwhile. Of several statements, each would wait for the interpreter again.
_RAISE_ALL_DELIVERED = f"""
    UPDATE {User._meta.db_table} SET delivered_id = raised.value
    FROM json_each(%s) AS raised WHERE userid = raised.key AND delivered_id < raised.value
"""

_FILL_PROFILE = f"""
    UPDATE {User._meta.db_table}
    SET nickname = COALESCE(NULLIF(nickname, ''), %s), avatar = COALESCE(NULLIF(avatar, ''), %s)
    WHERE userid = %s
"""


class ProfileData(NamedTuple):
    """What others see of a person. Empty: nothing is known."""

    userid: str
    nickname: str
    avatar: str


class UseridTaken(Exception):
    """Somebody else has this userid, or one that looks like it."""


class SignUpClosed(Exception):
    """Sign-up is closed, or only for invited people."""


def is_open() -> bool:
    """Whether a userid is taken at its word, and exists from its first use."""
    return bool(settings.IM66.auth == "open")


def challenge() -> str:
    """The header `WWW-Authenticate` of an answer 401: how to authenticate."""
    return 'Bearer realm="im66"' + (', Userid realm="im66"' if is_open() else "")


def desk_userids() -> frozenset[str]:
    """The accounts under which the service itself writes to people, or has written to them. They cannot log
    in, and messages to them are refused."""
    return _desk_userids(settings.IM66.desk_userid)


@cache
def _desk_userids(desk: str) -> frozenset[str]:
    return frozenset({desk, _FORMER_DESKS.get(desk, "")} - {""})


def is_desk(userid: str) -> bool:
    """Whether it is one of `desk_userids`."""
    return userid in desk_userids()


def is_borne(userid: str) -> bool:
    """Whether all clients can call the person by this userid: it is no alias and, if the shipped apps are
    served, needs none."""
    return not is_alias(userid) if settings.IM66.legacy_userid == "keep" else alias_of(userid) == userid


def may_choose(userid: str) -> bool:
    """Whether people may give themselves this userid."""
    return is_borne(userid) and may_be_chosen(userid)


def ensure_mentioned(userids: Iterable[str], address: str | None = None) -> set[str]:
    """People whom somebody else puts into a group. Returns those who do not exist, and the service, which is
    in no group. In open mode the others are created.

    Raises in open mode as `ensure_users`.
    """
    desks = desk_userids().intersection(userids)
    people = set(userids) - desks
    if is_open():
        ensure_users(people, address)
        return set(desks)
    return {*desks, *_missing(people)}


def ensure_each(named: Mapping[str, Collection[str]]) -> dict[str, TooFast | None]:
    """The same for people who are independent of each other, such as the recipients of messages. `named`: the
    addresses at which each was named; in open mode, one of them is charged if the person has to be created.

    Returns those who do not exist; in open mode, with the reason why they were not created.
    """
    missing = _missing(named)
    if not is_open():
        return dict.fromkeys(missing)
    refused: dict[str, TooFast | None] = {
        userid: failed for userid in sorted(missing) if (failed := _charge_any_address(named[userid]))
    }
    ensure_users(missing.difference(refused))
    return refused


def _charge_any_address(addresses: Collection[str]) -> TooFast | None:
    """Charge one of the addresses with a new person. None if that could be done, else why not."""
    failed = None
    for address in sorted(addresses):
        try:
            limits.current().users.take(address)
        except TooFast as error:
            failed = error
        else:
            return None
    return failed


def profile_of(userid: str, claims: Mapping[str, Any]) -> ProfileData:
    """The profile that a token, or an app with a message, gives a person. What others could not be shown is
    left out."""
    avatar = _displayable(claims.get("avatar"), AVATAR_LENGTH)
    is_url = avatar.startswith(("http://", "https://")) and " " not in avatar
    return ProfileData(
        userid, _displayable(claims.get("nickname"), NICKNAME_LENGTH), avatar if is_url else ""
    )


def learn(profiles: Collection[ProfileData]) -> None:
    """Take these names and pictures over, which people have given with their messages, for those of whom
    nothing else is known. What a person, a backend or an operator has set stays, and so does what somebody
    has cleared."""
    by_userid = {profile.userid: profile for profile in profiles}
    with transaction.atomic():
        people = User.objects.select_for_update(no_key=True).filter(pk__in=by_userid, is_active=True)
        for person in people.order_by("pk"):
            profile = by_userid[person.pk]
            if _digest(person) != person.learned or (person.nickname, person.avatar) == profile[1:]:
                continue
            person.nickname, person.avatar = profile.nickname, profile.avatar
            person.learned = _digest(person)
            person.save(update_fields=["nickname", "avatar", "learned"])


def _digest(person: User) -> str:
    """Of a person's name and picture; empty if there are none."""
    if not (person.nickname or person.avatar):
        return ""
    return sha256(f"{person.nickname}\0{person.avatar}".encode()).hexdigest()[:32]


def _displayable(value: Any, longest: int) -> str:
    is_displayable = isinstance(value, str) and is_visible(value) and len(value) <= longest
    return value if is_displayable else ""


def ensure_users(userids: Iterable[str], address: str | None = None) -> None:
    """Create those of `userids` that do not exist: in open mode a userid exists from its first use. Those who
    are created count towards the limit of `address`; None is the operator, who has none.

    Raises ValidationError for a value that is not a userid, and TooFast, before anything is written.
    """
    unique = set(userids)
    for userid in unique:
        validate_userid(userid)
    missing = sorted(_missing(unique))
    if missing and address is not None:
        limits.current().users.take(address, cost=len(missing))
    for at in range(0, len(missing), _MAX_AT_ONCE):
        insert(missing[at : at + _MAX_AT_ONCE])


def _missing(userids: Collection[str]) -> set[str]:
    return set(userids).difference(User.objects.filter(pk__in=userids).values_list("pk", flat=True))


def ensure_profiles(profiles: Sequence[ProfileData]) -> None:
    """Create the people who do not exist, and fill in what is empty in the profiles of all. Raises
    ValidationError for a value that is not a userid, before anything is written.

    Groups' pictures are not made again: the next read of such a group has that done.
    """
    ensure_users(profile.userid for profile in profiles)
    filled = [(profile.nickname, profile.avatar, profile.userid) for profile in profiles]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_FILL_PROFILE, filled)


def sign_up(userid: str, password: str, nickname: str, invitation: Invitation | None) -> User:
    """The account that a person makes for themselves, with the invitation that they came with. An invitation
    with a userid is for that userid, as written in it.

    Raises ValidationError for a userid that people may not choose, SignUpClosed, UseridTaken, TextRefused
    and, if the invitation no longer counts, invitations.Invalid.
    """
    if not _may_sign_up(invitation):
        raise SignUpClosed
    invited = invitation.userid if invitation else ""
    if not (is_borne(invited) if invited else may_choose(userid)):
        raise ValidationError("People cannot choose this userid.", code="userid")
    # Not in the transaction, because on SQLite all other writers wait for it.
    if _is_taken(invited or userid):
        raise UseridTaken
    nickname = allowed_name(invited or userid, nickname)
    with transaction.atomic():
        if invitation:
            invitations.use(invitation)
        makes_admin = invitation is not None and invitation.makes_admin
        user = _make_account(invited or userid, password, nickname, makes_admin)
        if invitation:
            invitations.note_user(invitation, user)
    return user


def _may_sign_up(invitation: Invitation | None) -> bool:
    if invitation and invitation.makes_admin:
        return True
    return settings.IM66.signup != CLOSED and (settings.IM66.signup != INVITE or invitation is not None)


def _is_taken(userid: str) -> bool:
    """Whether somebody has the userid, or another spelling of it, so that one could pass for the other."""
    if plain(userid) in map(plain, desk_userids()):
        return True
    if User.objects.filter(userid__iexact=userid).exists():
        return True
    # Some databases know the case of ASCII letters only.
    others = User.objects.filter(userid__regex="[^ -~]").values_list("pk", flat=True)
    folded = plain(userid)
    return any(plain(other) == folded for other in others.iterator())


def _make_account(userid: str, password: str, nickname: str, makes_admin: bool) -> User:
    make = User.objects.create_superuser if makes_admin else User.objects.create_user
    try:
        with transaction.atomic():
            return make(userid, password, nickname=nickname)
    except IntegrityError as error:
        raise UseridTaken from error


def set_avatar(userid: str, url: str) -> None:
    """Set a person's picture. Raises User.DoesNotExist."""
    set_profile(userid, avatar=url)


def set_profile(userid: str, nickname: str | None = None, avatar: str | None = None) -> None:
    """Set what others see of a person; None keeps what is. `avatar`: the URL of a picture, empty for none.
    Raises User.DoesNotExist."""
    fields = {"nickname": nickname, "avatar": avatar}
    changes = {name: value for name, value in fields.items() if value is not None}
    if not changes:
        return
    user = User.objects.get(pk=userid)
    for name, value in changes.items():
        setattr(user, name, value)
    user.learned = SET_BY_SOMEBODY
    user.save(update_fields=[*changes, "learned"])


def set_account_status(
    userid: str,
    *,
    muted: bool | None = None,
    banned: bool | None = None,
    until: int | None = None,
    reason: str = "",
) -> int | None:
    """Mute or lock a person, or undo it; None keeps what is. It takes effect at once, on all processes, and
    ends by itself in the second `until` since 1970; None: it is for good. `reason`: shown to the person.
    After a ban, people must authenticate again.

    Returns the position of the change in the log, None if all this is so already. Raises
    User.DoesNotExist.

    Call it for one person in each transaction: it locks the log, and the row of a second person may be held
    by somebody who waits for the log.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=userid)
        change = _difference(user, Change(muted, banned, until=until, reason=reason))
        if change.muted is None and change.banned is None:
            return None
        User.objects.filter(pk=userid).update(**_stored(user, change))
        return announce_account_status(userid, change)


def _difference(user: User, target: Change) -> Change:
    """What of the change is not so already."""
    is_muted = (user.muted, user.muted_until, user.account_status.why_muted)
    is_banned = (not user.is_active, user.banned_until, user.standing_reason)
    return replace(
        target,
        muted=target.muted if _is_new(target.muted, target, *is_muted) else None,
        banned=target.banned if _is_new(target.banned, target, *is_banned) else None,
    )


def _is_new(target: bool | None, change: Change, is_so: bool, until: datetime | None, reason: str) -> bool:
    if target is None or target != is_so:
        return target is not None
    return target and (moment_of(change.until), change.reason) != (until, reason)


def _stored(user: User, change: Change) -> dict[str, Any]:
    """The fields of the person after the change."""
    fields: dict[str, Any] = {}
    if change.muted is not None:
        fields |= {"muted": change.muted, "muted_until": moment_of(change.until) if change.muted else None}
    if change.banned is not None:
        until = moment_of(change.until) if change.banned else None
        fields |= {"is_active": not change.banned, "banned_until": until}
    if change.banned:
        fields["proofs_from"] = proofs_count_from()
    after = user.account_status.after(change)
    return {**fields, "standing_reason": after.reason, "muted_reason": after.muted_reason}


def lift(userid: str, now: datetime) -> None:
    """Undo what ends by `now`: being muted, being banned. Doing it twice does no harm."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=userid)
        is_mute_over = user.muted_until is not None and user.muted_until <= now
        is_ban_over = user.banned_until is not None and user.banned_until <= now
        change = Change(muted=False if is_mute_over else None, banned=False if is_ban_over else None)
        # Also where the flag was cleared by hand; otherwise the person would be selected again and again.
        User.objects.filter(pk=userid).update(**_stored(user, change))
        difference = _difference(user, change)
        if (difference.muted, difference.banned) != (None, None):
            announce_account_status(userid, difference)


def warn(userid: str, reason: str) -> int:
    """Tell the person the reason, and change nothing. Returns the position in the log. Raises
    User.DoesNotExist."""
    return _announce(userid, Change(warned=True, reason=reason))


def disconnect(userid: str, reason: str) -> int:
    """End all sessions of the person on all sockets; what proved who it is, goes on counting. Returns the
    position in the log. Raises User.DoesNotExist."""
    return _announce(userid, Change(ended=EVERYTHING, reason=reason))


def end_sessions(userid: str, ended: str) -> None:
    """End sessions of a person on all sockets of all processes: those of the browser session with the digest
    `ended`, or all with account_status.EVERYTHING. Logins of a person who is to stay out must be rejected
    from the same transaction on."""
    with transaction.atomic():
        announce_account_status(userid, Change(ended=ended))


def _announce(userid: str, change: Change) -> int:
    with transaction.atomic():
        User.objects.get(pk=userid)
        return announce_account_status(userid, change)


def raise_delivered(cursors: Mapping[str, int]) -> None:
    """Store that each person has received every row of the log up to an id. A cursor never moves back."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_RAISE_ALL_DELIVERED, [json.dumps(cursors)])
        else:
            # Sorted, because another process may raise the cursors of the same people.
            raised = [(id_, userid, id_) for userid, id_ in sorted(cursors.items())]
            cursor.executemany(_RAISE_DELIVERED, raised)
