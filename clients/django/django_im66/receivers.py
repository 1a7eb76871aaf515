"""Receivers of saved and deleted users."""

from functools import partial
from typing import Any

from django.db import transaction

from django_im66 import conf, people

_AT_LOGIN = frozenset({"last_login"})


def on_saved(instance: Any, using: str, raw: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """Not while fixtures are loaded, which `manage.py im66_sync` sends, nor at each login."""
    if conf.get("API_KEY") and not raw and update_fields != _AT_LOGIN:
        transaction.on_commit(partial(people.push, instance), using)


def on_deleted(instance: Any, using: str, **_: Any) -> None:
    if conf.get("API_KEY"):
        # Its primary key is gone afterwards.
        userid = conf.function("USERID")(instance)
        transaction.on_commit(partial(people.push_deleted, userid), using)
