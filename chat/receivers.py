"""What happens in groups, told in the log."""

from typing import Any

from django.dispatch import receiver

from chat import log
from groups.models import Group
from groups.signals import membership_changed


@receiver(membership_changed)
def give_change_its_place(group: Group, joined: list[str], left: list[str], **_: Any) -> int:
    """Append a notice in the transaction of the change; its id is the change's place."""
    return log.append_notice(group.pk, joined, left)
