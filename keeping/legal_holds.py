"""Legal holds: the data of held people and groups is neither pruned nor erased."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from accounts.api.fields import id_in
from accounts.models import User
from accounts.wording import in_words
from chat.services.pruning import Protected
from keeping.errors import MaintenanceRefused
from keeping.models import REASON_LENGTH, Hold
from log.models import Group, Membership
from moderation import audit
from moderation.actions.acting import group_target, person_target, require_reason
from moderation.audit import Actor
from moderation.errors import NoReason
from moderation.models import AuditEntry

PERSON, GROUP = "u", "g"


def hold(by: Actor, target: str, reason: str) -> AuditEntry:
    """Put `target`, `u:<userid>` or `g:<id>`, under a legal hold. Raises MaintenanceRefused if the target
    does not exist or is held already, or if the reason is empty."""
    subject = _hold_fields(target)
    _require(reason)
    try:
        with transaction.atomic():
            Hold.objects.create(**subject, reason=reason[:REASON_LENGTH], made_by=by.name)
            return audit.record(by, "hold.make", target, reason)
    except IntegrityError as error:
        raise MaintenanceRefused(gettext("There is a legal hold already.")) from error


def lift(by: Actor, target: str, reason: str) -> AuditEntry:
    """End the legal hold of `target`. Raises MaintenanceRefused if there is none, or if the reason is
    empty."""
    subject = _hold_fields(target)
    _require(reason)
    with transaction.atomic():
        if not Hold.objects.filter(**subject).delete()[0]:
            raise MaintenanceRefused(gettext("There is no legal hold."))
        return audit.record(by, "hold.lift", target, reason)


def holds() -> QuerySet[Hold]:
    return Hold.objects.order_by("pk")


def target_of(hold: Hold) -> str:
    """Return the `target` argument of the functions above."""
    return person_target(hold.user_id) if hold.user_id is not None else group_target(hold.group_id or 0)


def protected_messages() -> Protected:
    """Return what must not be pruned: the messages that held people have sent and received, also in all their
    current and former groups, and the messages in held groups."""
    people = Hold.objects.filter(user__isnull=False).values("user")
    of_people = Membership.objects.filter(user__in=people).values("group")
    held = Hold.objects.filter(group__isnull=False).values("group")
    return Protected(people, Group.objects.filter(Q(pk__in=held) | Q(pk__in=of_people)).values("pk"))


def _require(reason: str) -> None:
    try:
        require_reason(reason)
    except NoReason as error:
        raise MaintenanceRefused(in_words(error)) from None


def _hold_fields(target: str) -> dict[str, Any]:
    """Return the model field that refers to the target. Raises MaintenanceRefused."""
    kind, _, name = target.partition(":")
    if kind == PERSON and User.objects.filter(pk=name).exists():
        return {"user_id": name}
    if kind == GROUP and Group.objects.filter(pk=(number := id_in(name) or 0)).exists():
        return {"group_id": number}
    raise MaintenanceRefused(gettext("There is no such person or group."))
