"""Asks for a group's picture after each change that it shows: on commit, since another thread makes it."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import User
from groups.pictures.refreshing import painter
from groups.signals import membership_changed
from log.models import Group, Membership

_PROFILE_FIELDS = {"avatar", "nickname"}


@receiver(membership_changed)
def picture_other_members(group: Group, **_: Any) -> None:
    transaction.on_commit(partial(painter.ask, group.pk, group.creator_id))


@receiver(post_save, sender=User)
def picture_another_face(instance: User, created: bool, update_fields: Any, **_: Any) -> None:
    if not created and (update_fields is None or _PROFILE_FIELDS.intersection(update_fields)):
        transaction.on_commit(partial(_ask_for_groups_of, instance.pk))


def _ask_for_groups_of(userid: str) -> None:
    for group_id in Membership.objects.current().filter(user=userid).values_list("group", flat=True):
        painter.ask(group_id, userid)
