"""What accounts tells the other apps: changes of standing, and what becomes of API keys and of what else lets
somebody in or sends texts away."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest

from accounts.account_status import Change
from accounts.addresses import client_address

# Sent inside the transaction of the change, when it has its place in the log, with `userid` and `change`, an
# account_status.Change.
account_status_changed = Signal()

# Sent with `userids` once it is committed that these people have another name or picture, from the thread
# that committed it.
profiles_changed = Signal()

# Sent inside the transaction of the change, with `key` (ApiKey), `by`: the userid of who made or revoked it,
# None for an operator's command, and `address`: where that person is.
key_made = Signal()
key_revoked = Signal()

# Sent each time a backend has proven its key for a call, before the call is done and outside of a
# transaction, with `key`: the key's id, and `address`: where the backend is. An exception refuses the call.
key_used = Signal()

# Sent inside the transaction of a change of what lets somebody in, gives privileges or sends texts away, with
# `action` and `target`: as the audit log calls them, `by`: the userid of who did it, or `key:` and the id of
# a backend's key, `address`: where that is, and `details`: what was changed. `acts_for`, if a backend has
# done it for somebody: that person's userid.
setting_changed = Signal()


# Appends a change and returns its position. The log, which lies above accounts, hands it in.
_append: Callable[[str, Change], int] | None = None


def record_with(append: Callable[[str, Change], int]) -> None:
    """Append each change of account status by this from now on."""
    global _append
    _append = append


def announce_account_status(userid: str, change: Change) -> int:
    """Append the change to the log and tell of it, in its transaction. Returns its position in the log."""
    position = _append(userid, change) if _append else 0
    account_status_changed.send(sender=None, userid=userid, change=change)
    return position


def announce_profiles(userids: Collection[str]) -> None:
    """Send `profiles_changed` once it is committed."""
    transaction.on_commit(partial(profiles_changed.send, sender=None, userids=userids))


def announce_setting_change(request: HttpRequest, action: str, target: str, **details: Any) -> None:
    """Send `setting_changed` of what somebody has done in the admin."""
    by, address = str(request.user.pk), client_address(request)
    setting_changed.send(sender=None, action=action, target=target, by=by, address=address, details=details)
