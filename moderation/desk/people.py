"""The list of people."""

from collections.abc import Sized
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.models import User
from moderation.actions.people import BAN, PEOPLE
from moderation.desk.acting import bulk_action_page, bulk_form, chosen_action, offered_bulk_actions
from moderation.desk.paging import ROWS, ListPage, list_page
from moderation.desk.site import DeskPage, register, render_page
from moderation.moderators import ACT_ON_PEOPLE, READ_DESK, Moderator

FIELDS = ("userid", "nickname", "is_active", "muted", "is_bot", "is_staff", "date_joined", "last_login")
FILTERS: dict[str, tuple[Any, Q]] = {
    "banned": (gettext_lazy("Banned"), Q(is_active=False)),
    "muted": (gettext_lazy("Muted"), Q(muted=True)),
    "bots": (gettext_lazy("Bots"), Q(is_bot=True)),
    "staff": (gettext_lazy("Staff"), Q(is_staff=True)),
}


def list_people(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """List people by userid. `q`: the beginning of a userid or nickname; `only`: a filter; `after`: the last
    userid of the previous page."""
    return render_page(
        request,
        "admin/desk/people.html",
        gettext("People"),
        portion=find_people(request.GET),
        filters=[(name, title) for name, (title, _) in FILTERS.items()],
        params=request.GET,
        actions=offered_bulk_actions(PEOPLE, moderator),
    )


def act_on_people(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Confirm, then act on, the people chosen in the list."""
    back = reverse("admin:desk_people")
    action = chosen_action(request, PEOPLE)
    chosen = list(dict.fromkeys(request.POST.getlist("chosen")[:ROWS]))
    people = User.objects.filter(pk__in=chosen).values_list("userid", "nickname")
    names = {userid: f"{nickname} ({userid})" if nickname else userid for userid, nickname in people}
    return bulk_action_page(
        request,
        moderator,
        action,
        chosen,
        back=back,
        names=names,
        counted=counted_people,
        form_of=bulk_form(action, chosen) if action is BAN else None,
    )


def counted_people(people: Sized) -> str:
    return ngettext("%(count)d person", "%(count)d people", len(people)) % {"count": len(people)}


def find_people(params: QueryDict) -> ListPage[dict[str, Any]]:
    """Return the requested page of people."""
    rows = list(_filtered(params).order_by("userid").values(*FIELDS)[: ROWS + 1])
    return list_page(rows, params, "after", params.get("after"), lambda person: person["userid"])


def _filtered(params: QueryDict) -> QuerySet[User]:
    people = User.objects.filter(userid__gt=params.get("after", ""))
    if text := params.get("q", "").strip():
        people = people.filter(Q(userid__istartswith=text) | Q(nickname__istartswith=text))
    if (only := params.get("only", "")) in FILTERS:
        people = people.filter(FILTERS[only][1])
    return people


register(
    DeskPage("people/", list_people, "people", READ_DESK, gettext_lazy("People")),
    DeskPage("people/several/", act_on_people, "people_several", ACT_ON_PEOPLE),
)
