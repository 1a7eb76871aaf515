"""Changing what a group is called, shows and lets its members do."""

import json
from collections.abc import Collection
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from accounts import access
from accounts.access import Actor
from accounts.names.unseen import without_bidi_controls, without_unseen
from groups import services
from groups.errors import InvalidValue, NoNotice
from groups.memberships import append_change
from groups.models import Confirmation
from groups.signals import picture_changed
from log.group_choices import CHOICES
from log.models import Group
from uploads.selectors import own_picture_path, stored_name

_BY_FIELD = {choice.field: choice for choice in CHOICES.values()}


def edit_group(
    group_id: int,
    *,
    name: str | None = None,
    notice: str | None = None,
    picture: str | None = None,
    custom: dict[str, Any] | None = None,
    by: str | None = None,
    **chosen: bool | str,
) -> int | None:
    """Set these values; None keeps the present value. `picture`: the URL of a picture that `by` has uploaded
    here; empty: one of the members. `custom`: what programs attach. `chosen`: by the names of CHOICES. If
    members are asked to confirm the notice, they are asked again with another text. Raises GroupNotFound,
    Forbidden and InvalidValue."""
    name, notice = name and without_unseen(name), notice and without_bidi_controls(notice)
    texts = {"name": name, "notice": notice, "picture": picture and _picture_file_name(group_id, picture, by)}
    changes: dict[str, Any] = {field: value for field, value in texts.items() if value is not None}
    if custom is not None:
        changes["custom"] = custom
    changes |= {CHOICES[choice].field: value for choice, value in chosen.items()}
    if not changes:
        raise InvalidValue(gettext("Give a name, a notice or both."))
    if name is not None:
        services.check_name(name)
    if notice is not None:
        check_notice(notice)
    if name or notice:
        services.check_exists(group_id)
        permission = services.permission_of(group_id, by)
        access.may_edit_group(permission.actor, is_quiet=permission.is_quiet)
    if name is not None:
        changes["name"] = without_unseen(
            services.checked_text("name", name, by, group_id, services.check_name)
        )
    if notice is not None:
        changes["notice"] = services.checked_text("notice", notice, by, group_id, check_notice)
    with transaction.atomic():
        group = services.lock_group(group_id)
        new = {field: value for field, value in changes.items() if _differs(value, getattr(group, field))}
        _check_editing(services.actor_in(group_id, by), group, new)
        if chosen.get("confirm") and not changes.get("notice", group.notice):
            raise NoNotice
        if not new:
            return None
        return _edit(group, by, new)


def _edit(group: Group, by: str | None, new: dict[str, Any]) -> int:
    must_confirm = new.get("must_confirm", group.must_confirm)
    if must_confirm and not new.get("notice", group.notice):
        # There is nothing left to confirm.
        must_confirm = new["must_confirm"] = False
    event = {_event_field(field): value for field, value in new.items()}
    is_to_be_confirmed = must_confirm and not {"notice", "must_confirm"}.isdisjoint(new)
    if is_to_be_confirmed:
        event |= {"notice": new.get("notice", group.notice), "confirm": True}
    if "picture" in new:
        # Not where it is stored: a client asks for its address.
        event["picture"] = bool(new["picture"])
        transaction.on_commit(partial(picture_changed.send, sender=Group, group_id=group.pk))
    place = append_change(group, by, **event)
    if is_to_be_confirmed:
        Confirmation.objects.filter(group=group).delete()
        if by is not None:
            # The author of the change has read it.
            Confirmation.objects.create(group=group, user_id=by, notice_id=place)
        new["notice_id"] = place
    Group.objects.filter(pk=group.pk).update(**new)
    return place


def _check_editing(actor: Actor, group: Group, new: Collection[str]) -> None:
    """`new`: the fields that would have another value. An app may send those again that it does not
    change."""
    access.may_edit_group(actor, is_quiet=group.is_quiet)
    if "notice" in new:
        access.may_set_notice(actor, group.notice_by, is_confirmed=group.must_confirm)
    if not {"picture", "custom"}.isdisjoint(new):
        access.may_restrict(actor)
    for field in _BY_FIELD.keys() & new:
        _BY_FIELD[field].may_set(actor)


def _differs(value: Any, other: Any) -> bool:
    """In Python, true is 1."""
    return json.dumps(value, sort_keys=True) != json.dumps(other, sort_keys=True)


def _event_field(field: str) -> str:
    """What the field is called in events."""
    return _BY_FIELD[field].name if field in _BY_FIELD else field


def _picture_file_name(group_id: int, url: str, by: str | None) -> str:
    """What to store for the URL of a picture that `by` has uploaded here, or that the group has. Raises
    InvalidValue."""
    name = stored_name(url) or ""
    if (
        own_picture_path(url, by) is None
        and not Group.objects.filter(pk=group_id, picture=name or None).exists()
    ):
        raise InvalidValue(gettext("Not a picture that was uploaded here."))
    return name


def check_notice(notice: str) -> None:
    """Raises InvalidValue unless a group can have this notice."""
    limit = settings.IM66.max_notice_length
    if len(notice) > limit:
        raise InvalidValue(gettext("The notice is longer than %(limit)d characters.") % {"limit": limit})
