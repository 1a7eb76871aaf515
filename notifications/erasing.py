"""Erasing a person from notifications: all deliveries for them are removed, and bots that they made are
revoked and have no names."""

import json

from accounts.erasing import blank_profiles
from notifications import bots
from notifications.events import JOIN_REQUESTED, NOTICE, PRESENCE, PRESSED
from notifications.models import Delivery, Hook, Pending, Person, SlashCall, Waiting
from notifications.providers import all_providers


def erase_person(userid: str) -> None:
    """May be done again. Of buttons and of requests to join, all that names the person."""
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
    """Those that the person made and named, and that which the person is: who knows its secret URL could go
    on writing. May be done again."""
    made = Hook.objects.filter(made_by=userid) | Hook.objects.filter(bot=userid)
    bots.revoke_active(made)
    blank_profiles(list(made.values_list("bot", flat=True)))
    made.update(name="")
