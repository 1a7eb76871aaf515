"""Profiles of people, learned from the extensions of their messages.

The shipped apps send the name and the picture of their user with each message, and in no other way. This is a
reader of the log, so messages do not wait for it.
"""

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.db import transaction

from accounts.names.aliases import alias_of
from accounts.selectors import is_default_picture
from accounts.services import ProfileData, learn, profile_of
from chat.protocol.extensions import sender_in
from chat.readers.reader import Reader, Write
from groups.selectors import nicknames_of
from log.rows import Entry, Row
from uploads.selectors import avatar_to_store

# The number of people whose last name and picture are cached.
_MAX_REMEMBERED_PEOPLE = 10_000


class Profiles(Reader):
    """Stores names and pictures of people who have no profile, if IM66_LEGACY_EXTENSION is `fill`."""

    name = "profiles"
    gather_seconds = 5.0

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, str]] = {}

    def prepare(self, rows: Sequence[Row]) -> Write:
        if settings.IM66.legacy_extension != "fill":
            return lambda: None
        last = {row.sender: row for row in rows if isinstance(row, Entry)}
        senders = {who: sender_in(row.extension) for who, row in last.items()}
        changed = {who: names for who, names in senders.items() if names[0] and names != self._last.get(who)}
        here = nicknames_of([(who, to) for who in changed if isinstance(to := last[who].to, int)])
        called = {(who, name) for (who, _), name in here.items()}
        profiles = [_profile(who, *names) for who, names in changed.items() if (who, names[0]) not in called]
        return partial(self._store, changed, [profile for profile in profiles if profile.nickname])

    def _store(self, changed: dict[str, tuple[str, str]], profiles: list[ProfileData]) -> None:
        if profiles:
            learn(profiles)
        transaction.on_commit(partial(self._remember, changed))

    def _remember(self, changed: dict[str, tuple[str, str]]) -> None:
        if len(self._last) > _MAX_REMEMBERED_PEOPLE:
            self._last.clear()
        self._last.update(changed)


def _profile(userid: str, name: str, picture: str) -> ProfileData:
    """Return the profile. Its nickname is empty if it is the userid or alias, as in the extensions that the
    server makes."""
    profile = profile_of(userid, {"nickname": name.strip(), "avatar": picture})
    if profile.nickname in (userid, alias_of(userid)):
        return ProfileData(userid, "", "")
    if not profile.avatar or is_default_picture(profile.avatar):
        return profile._replace(avatar="")
    return profile._replace(avatar=avatar_to_store(profile.avatar, userid))
