"""Erases a person from notifications: removes deliveries, devices and settings, and revokes and renames
bots."""

import json

from accounts.erasing import blank_profiles
from notifications import bots
from notifications.events import JOIN_REQUESTED, NOTICE, PRESENCE, PRESSED
from notifications.models import Delivery, Hook, Pending, Person, SlashCall, Waiting
from notifications.providers import all_providers


def erase_person(userid: str) -> None:
    """Remove the person's notification state, and all deliveries for or about the person. May be repeated."""
    for provider in all_providers():
        provider.erase(userid)
    for model in (Person, Pending, Waiting):
        model.objects.filter(user=userid).delete()
    SlashCall.objects.filter(userid=userid).delete()
    Delivery.objects.filter(event__in=(NOTICE, JOIN_REQUESTED), key=userid).delete()
    Delivery.objects.filter(event=PRESENCE, key=f"p:{userid}").delete()
    named = json.dumps(userid, ensure_ascii=False)
    Delivery.objects.filter(event__in=(PRESSED, JOIN_REQUESTED), body__contains=named).delete()


def revoke_bots(userid: str) -> None:
    """Revoke the bots that the person created, and blank their names, because the person chose them. If the
    person is a bot, revoke it, so that its secret no longer works. May be repeated."""
    made = Hook.objects.filter(made_by=userid) | Hook.objects.filter(bot=userid)
    bots.revoke_active(made)
    blank_profiles(list(made.values_list("bot", flat=True)))
    made.update(name="")
