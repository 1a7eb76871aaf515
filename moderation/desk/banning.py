"""What a ban for good does, in words, before it is done."""

from collections.abc import Collection

from django.utils.translation import gettext, ngettext

from accounts.access import Role
from chat.models import Device
from log.models import Membership
from moderation.actions.acting import of_person
from moderation.desk.called import called

# So many people and groups are named.
MAX_NAMED = 10


def consequences(people: Collection[str]) -> list[str]:
    """Sentences, for the question whether it is meant."""
    groups = Membership.objects.current().filter(user__in=people, role=Role.OWNER)
    owned = list(groups.order_by("pk").values_list("group__name", flat=True)[: MAX_NAMED + 1])
    devices = Device.objects.filter(user__in=people).count()
    names = ", ".join(called([of_person(one) for one in sorted(people)[:MAX_NAMED]]).values())
    said = [gettext("No login is taken from %(names)s until a moderator unbans them.") % {"names": names}]
    if devices:
        signed_out = ngettext(
            "%(count)d device is signed out, and has to sign in anew even after that.",
            "%(count)d devices are signed out, and have to sign in anew even after that.",
            devices,
        )
        said.append(signed_out % {"count": devices})
    if owned:
        names = ", ".join(owned[:MAX_NAMED]) + ("…" if len(owned) > MAX_NAMED else "")
        said.append(gettext("These groups lose their owner: %(names)s.") % {"names": names})
    said.append(gettext("Tick the box if that is meant."))
    return said
