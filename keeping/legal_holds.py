"""Legal holds: who and what is kept, whatever else is pruned or erased."""

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
    """Keep everything of `target`, `u:<userid>` or `g:<id>`, from now on. Raises MaintenanceRefused if there
    is no such person or group, if it is held already, or without a reason."""
    subject = _of(target)
    _require(reason)
    try:
        with transaction.atomic():
            Hold.objects.create(**subject, reason=reason[:REASON_LENGTH], made_by=by.name)
            return audit.record(by, "hold.make", target, reason)
    except IntegrityError as error:
        raise MaintenanceRefused(gettext("There is a legal hold already.")) from error


def lift(by: Actor, target: str, reason: str) -> AuditEntry:
    """What it kept may be pruned and erased again. Raises MaintenanceRefused if it is not held, or without a
    reason."""
    subject = _of(target)
    _require(reason)
    with transaction.atomic():
        if not Hold.objects.filter(**subject).delete()[0]:
            raise MaintenanceRefused(gettext("There is no legal hold."))
        return audit.record(by, "hold.lift", target, reason)


def holds() -> QuerySet[Hold]:
    """All of them, oldest first."""
    return Hold.objects.order_by("pk")


def target_of(one: Hold) -> str:
    """As `hold` takes it."""
    return person_target(one.user_id) if one.user_id is not None else group_target(one.group_id or 0)


def protected_messages() -> Protected:
    """What must not be pruned: of people what they sent and got, also in all groups in which they ever were,
    and groups."""
    people = Hold.objects.filter(user__isnull=False).values("user")
    of_people = Membership.objects.filter(user__in=people).values("group")
    held = Hold.objects.filter(group__isnull=False).values("group")
    return Protected(people, Group.objects.filter(Q(pk__in=held) | Q(pk__in=of_people)).values("pk"))


def _require(reason: str) -> None:
    try:
        require_reason(reason)
    except NoReason as error:
        raise MaintenanceRefused(in_words(error)) from None


def _of(target: str) -> dict[str, Any]:
    """The field of a hold that names it. Raises MaintenanceRefused."""
    kind, _, name = target.partition(":")
    if kind == PERSON and User.objects.filter(pk=name).exists():
        return {"user_id": name}
    if kind == GROUP and Group.objects.filter(pk=(number := id_in(name) or 0)).exists():
        return {"group_id": number}
    raise MaintenanceRefused(gettext("There is no such person or group."))
