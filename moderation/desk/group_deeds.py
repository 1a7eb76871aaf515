"""What is done to groups, and the pages for it."""

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from groups.models import Group
from moderation.actions import groups
from moderation.desk.acting import Deed, Values, act
from moderation.desk.forms import EditGroupForm, KeepForm, PeopleForm, PersonForm, ReasonForm, SlowForm
from moderation.desk.site import Page, Text, register
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_GROUPS, Moderator


def _mute(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.mute(moderator, group_id, values["reason"])


def _unmute(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.unmute(moderator, group_id, values["reason"])


def _slow(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.slow(moderator, group_id, values["seconds"], values["reason"])


def _keep(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.keep(moderator, group_id, values["days"], values["reason"])


def _edit(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.edit(moderator, group_id, values["reason"], name=values["name"], notice=values["notice"])


def _hand_over(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.hand_over(moderator, group_id, values["userid"], values["reason"])


def _add(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.add(moderator, group_id, values["userids"], values["reason"])


def _remove(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.remove(moderator, group_id, values["userids"], values["reason"])


def _dissolve(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.dissolve(moderator, group_id, values["reason"])


def _restore(moderator: Moderator, group_id: int, values: Values) -> AuditEntry:
    return groups.restore(moderator, group_id, values["reason"])


def _deed(name: str, title: Text, warning: Text, do: Any, form: Any = ReasonForm, **more: bool) -> Deed:
    return Deed(name, title, warning, ACT_ON_GROUPS, do, form, **more)


DEEDS: dict[str, Deed] = {
    deed.name: deed
    for deed in (
        _deed(
            "edit",
            gettext_lazy("Edit name and notice"),
            gettext_lazy("All members see the new name and the new notice at once."),
            _edit,
            EditGroupForm,
        ),
        _deed(
            "mute",
            gettext_lazy("Mute all"),
            gettext_lazy("Only owners and admins of the group can write, until this is undone."),
            _mute,
        ),
        _deed(
            "unmute",
            gettext_lazy("Let all write again"),
            gettext_lazy("All members can write again, as far as they are not muted themselves."),
            _unmute,
        ),
        _deed(
            "slow",
            gettext_lazy("Slow mode"),
            gettext_lazy("Each member can write once in so many seconds."),
            _slow,
            SlowForm,
        ),
        _deed(
            "keep",
            gettext_lazy("Keep for a time"),
            gettext_lazy(
                "What is written here is removed for good once it is so many days old, when the log is "
                "pruned the next time. Members are not told."
            ),
            _keep,
            KeepForm,
            is_grave=True,
        ),
        _deed(
            "handover",
            gettext_lazy("Hand over"),
            gettext_lazy("This member becomes the only owner. Those who owned the group become admins."),
            _hand_over,
            PersonForm,
        ),
        _deed(
            "add",
            gettext_lazy("Add members"),
            gettext_lazy("These people become members at once, without being asked."),
            _add,
            PeopleForm,
        ),
        _deed(
            "remove",
            gettext_lazy("Remove members"),
            gettext_lazy(
                "These people are no longer in the group, and are told so. They get nothing that is written "
                "there after that."
            ),
            _remove,
            PeopleForm,
            is_grave=True,
        ),
        _deed(
            "dissolve",
            gettext_lazy("Dissolve the group"),
            gettext_lazy(
                "The group ends for all its members at once, and nobody can write to it or join it. The "
                "owners are told why. It can be restored with the members that it has now."
            ),
            _dissolve,
            is_grave=True,
        ),
        _deed(
            "restore",
            gettext_lazy("Restore the group"),
            gettext_lazy("The group is there again, with the members and the roles that it had."),
            _restore,
        ),
    )
}


def deeds_for(group: Group, moderator: Moderator) -> list[Deed]:
    """Those that make sense now."""
    if ACT_ON_GROUPS not in moderator.may:
        return []
    if group.dissolved_at is not None:
        return [DEEDS["restore"], DEEDS["keep"]]
    useless = {"restore", "mute" if group.is_quiet else "unmute"}
    return [deed for name, deed in DEEDS.items() if name not in useless]


def group_or_404(group_id: int) -> Group:
    """The group, which may be dissolved. Raises Http404."""
    found = Group.objects.filter(pk=group_id).first()
    if found is None:
        raise Http404(gettext("There is no such group."))
    return found


def _act(request: HttpRequest, moderator: Moderator, id: int, name: str) -> HttpResponse:
    group = group_or_404(id)
    initial = {
        "name": group.name,
        "notice": group.notice,
        "days": group.keep_days,
        "userid": request.GET.get("userid", ""),
        "userids": request.GET.get("userid", ""),
    }
    return act(
        request,
        moderator,
        DEEDS[name],
        id,
        about=f"{group.name} ({id})",
        back=reverse("admin:desk_group", args=[id]),
        initial=initial,
    )


register(
    *(
        Page(f"groups/<int:id>/{name}/", partial(_act, name=name), f"group_{name}", deed.permission)
        for name, deed in DEEDS.items()
    )
)
