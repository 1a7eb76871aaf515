"""What accounts tells the other apps: changes of standing, and what becomes of API keys and of what else lets
somebody in or sends texts away."""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest

from accounts.addresses import client_address

# Sent inside the transaction of the change, with `userid` and `change`, an account_status.Change. A receiver
# that keeps an order of events returns the change's position in it.
account_status_changed = Signal()

# Sent with `userids` once it is committed that these people have another name or picture, from the thread
# that committed it.
profiles_changed = Signal()

# Sent before people are shown to somebody, with `userid`: who that is, and `are_named`: whether that person
# has named them, or looks for them. A receiver that knows who may find people returns a condition of people,
# a Q.
shown_wanted = Signal()

# Sent inside the transaction of the change, with `key` (ApiKey), `by`: the userid of who made or revoked it,
# None for an operator's command, and `address`: where that person is.
key_made = Signal()
key_revoked = Signal()

# Sent before a person takes a name, outside of a transaction, with `userid`, `name`, which is not empty, and
# `takes(name)`: whether another one could be stored. A receiver that knows rules for texts returns what is
# stored in its place, or raises NameRefused.
name_given = Signal()

# Sent each time a backend has proven its key for a call, before the call is done and outside of a
# transaction, with `key`: the key's id, and `address`: where the backend is. An exception refuses the call.
key_used = Signal()

# Sent inside the transaction of a change of what lets somebody in, gives privileges or sends texts away, with
# `action` and `target`: as the audit log calls them, `by`: the userid of who did it, or `key:` and the id of
# a backend's key, `address`: where that is, and `details`: what was changed. `acts_for`, if a backend has
# done it for somebody: that person's userid.
setting_changed = Signal()


def announce_profiles(userids: Collection[str]) -> None:
    """Send `profiles_changed` once it is committed."""
    transaction.on_commit(partial(profiles_changed.send, sender=None, userids=userids))


def tell_audit(request: HttpRequest, action: str, target: str, **details: Any) -> None:
    """Send `setting_changed` of what somebody has done in the admin."""
    by, address = str(request.user.pk), client_address(request)
    setting_changed.send(sender=None, action=action, target=target, by=by, address=address, details=details)
