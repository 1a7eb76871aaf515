"""The list of groups, and a group's page."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from accounts.api.fields import id_in
from groups.models import Confirmation
from log.group_choices import CHOICES
from log.group_models import ANY_ID
from log.models import Group, GroupMute, Membership
from moderation.actions.acting import Action, group_target
from moderation.actions.groups import GROUPS
from moderation.desk import audit_lines
from moderation.desk.acting import action_page, action_pages, offered_actions
from moderation.desk.paging import ROWS, ListPage, list_page
from moderation.desk.site import DeskPage, register, render_page
from moderation.models import Report
from moderation.moderators import READ_DESK, Moderator
from uploads.selectors import media_path

FIELDS = ("id", "name", "creator_id", "created_at", "dissolved_at", "is_quiet", "slow_seconds")
FILTERS: dict[str, tuple[Any, Q]] = {
    "quiet": (gettext_lazy("All muted"), Q(is_quiet=True)),
    "slow": (gettext_lazy("Slow mode"), Q(slow_seconds__gt=0)),
    "dissolved": (gettext_lazy("Dissolved"), Q(dissolved_at__isnull=False)),
}
SHORT_LIST_ROWS = 10


def list_groups(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """List groups, latest first. `q`: a number, or a part of the name; `only`: a filter; `before`: the last
    group of the previous page."""
    return render_page(
        request,
        "admin/desk/groups.html",
        gettext("Groups"),
        portion=find_groups(request.GET),
        filters=[(name, title) for name, (title, _) in FILTERS.items()],
        params=request.GET,
    )


def group_page(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    group = group_or_404(id)
    return render_page(
        request,
        "admin/desk/group.html",
        group.name,
        group=group,
        picture=media_path(group.picture),
        choices=[
            gettext(choice.label) for choice in CHOICES.values() if getattr(group, choice.field) == choice.on
        ],
        confirmed=Confirmation.objects.filter(group=id, notice_id=group.notice_id).count(),
        actions=offered_actions(GROUPS, moderator, group),
        members=members_of(id, request.GET),
        mutes={mute.user_id: mute for mute in GroupMute.objects.filter(group=id)[:ROWS]},
        about=list(Report.objects.filter(target=group_target(id)).order_by("-pk")[:SHORT_LIST_ROWS]),
        **audit_lines.recent_entries(group_target(id), moderator, SHORT_LIST_ROWS),
    )


def act_on_group(request: HttpRequest, moderator: Moderator, id: int, action: Action) -> HttpResponse:
    group = group_or_404(id)
    initial = {
        "name": group.name,
        "notice": group.notice,
        "days": group.keep_days,
        "userid": request.GET.get("userid", ""),
        "userids": request.GET.get("userid", ""),
    }
    return action_page(
        request,
        moderator,
        action,
        id,
        about=f"{group.name} ({id})",
        back=reverse("admin:desk_group", args=[id]),
        initial=initial,
    )


def group_or_404(group_id: int) -> Group:
    """Return the group, which may be dissolved. Raises Http404."""
    group = Group.objects.filter(pk=group_id).first()
    if group is None:
        raise Http404(gettext("There is no such group."))
    return group


def find_groups(params: QueryDict) -> ListPage[dict[str, Any]]:
    """Return the requested page of groups."""
    before = id_in(params.get("before"))
    groups = _filtered(params).filter(pk__lt=before or ANY_ID).order_by("-pk")
    rows = list(groups.values(*FIELDS)[: ROWS + 1])
    return list_page(rows, params, "before", before, lambda group: group["id"])


def members_of(group_id: int, params: QueryDict) -> ListPage[Membership]:
    """Return the requested page of members, in the order in which they joined. `after`: the last member of
    the previous page."""
    after = id_in(params.get("after")) or 0
    memberships = Membership.objects.current().filter(group=group_id, pk__gt=after).select_related("user")
    rows = list(memberships.order_by("pk")[: ROWS + 1])
    return list_page(rows, params, "after", after, lambda period: period.pk)


def _filtered(params: QueryDict) -> QuerySet[Group]:
    groups = Group.objects.all()
    if text := params.get("q", "").strip():
        called = Q(name__icontains=text)
        id_ = id_in(text)
        groups = groups.filter(called if id_ is None else called | Q(pk=id_))
    if (only := params.get("only", "")) in FILTERS:
        groups = groups.filter(FILTERS[only][1])
    return groups


register(
    DeskPage("groups/", list_groups, "groups", READ_DESK, gettext_lazy("Groups")),
    DeskPage("groups/<int:id>/", group_page, "group", READ_DESK),
    *action_pages(GROUPS, "groups/<int:id>/", "group", act_on_group),
)
