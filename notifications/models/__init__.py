"""Outgoing deliveries, their endpoints and devices, and bots."""

from notifications.models.endpoints import Delivery, Endpoint, Lease
from notifications.models.hooks import Hook, SlashCall, SlashCommand
from notifications.models.people import Pending, Person, PushDevice, PushKey, Waiting

__all__ = [
    "Delivery",
    "Endpoint",
    "Hook",
    "Lease",
    "Pending",
    "Person",
    "PushDevice",
    "PushKey",
    "SlashCall",
    "SlashCommand",
    "Waiting",
]
