"""A person's pages: profile and account status, reports, and accounts that share their addresses."""

from functools import partial
from typing import Any, NamedTuple

from axes.models import AccessAttempt
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import User
from accounts.selectors import names_of
from chat.models import Device
from log.models import Conversation, GroupMute, Membership
from moderation import audit
from moderation.actions.acting import Action, person_target
from moderation.actions.fields import RECALL_HOURS
from moderation.actions.people import BAN, PEOPLE, preview_recall
from moderation.counting import addresses
from moderation.desk import audit_lines
from moderation.desk.acting import action_page, action_pages, offered_actions
from moderation.desk.forms import ActionForm
from moderation.desk.private import record_private_view
from moderation.desk.site import DeskPage, refusal_page, register, render_page
from moderation.models import Complaint, Report
from moderation.models.reports import STRIKE
from moderation.moderators import READ_DESK, READ_PRIVATE, SEE_REPORTERS, Moderator, RoleMissing

# Rows of each list on a page, and of short lists.
MAX_ROWS = 50
SHORT_LIST_ROWS = 10


class RecentConversation(NamedTuple):
    """A conversation of the person with another person."""

    peer: str
    name: str


def person_page(request: HttpRequest, moderator: Moderator, userid: str) -> HttpResponse:
    person = person_or_404(userid)
    return render_page(
        request,
        "admin/desk/person.html",
        person.display_name,
        person=person,
        actions=offered_actions(PEOPLE, moderator, person),
        devices=list(Device.objects.filter(user=userid).order_by("-acked_id")[:MAX_ROWS]),
        groups=_groups_of(userid),
        mutes=list(GroupMute.objects.filter(user=userid).select_related("group")[:MAX_ROWS]),
        talks=_recent_conversations(userid),
        addresses=addresses.last_addresses(userid),
        attempts=list(
            AccessAttempt.objects.filter(username=userid).order_by("-attempt_time")[:SHORT_LIST_ROWS]
        ),
        most=MAX_ROWS,
        **_reports(userid, moderator),
        **audit_lines.recent_entries(person_target(userid), moderator, SHORT_LIST_ROWS),
    )


def sharing_page(request: HttpRequest, moderator: Moderator, userid: str) -> HttpResponse:
    """Show accounts with the same addresses. The audit log records it once per person, session and period."""
    person = person_or_404(userid)
    record_private_view(request, moderator, person_target(userid), addresses.REASON, audit.ADDRESSES)
    shared = addresses.shared_addresses(userid)
    return render_page(
        request,
        "admin/desk/sharing.html",
        gettext("Accounts of the same addresses"),
        person=person,
        shared=shared,
        most=addresses.MAX_SHARING,
        days=addresses.RETENTION.days,
    )


def act_on_person(request: HttpRequest, moderator: Moderator, userid: str, action: Action) -> HttpResponse:
    person = person_or_404(userid)
    banned = [userid] if action is BAN else []
    form_of = partial(ActionForm, action.fields, notifies=action.notifies, banned=banned)
    if RECALL_HOURS in action.fields and request.method == "POST" and "previewed" not in request.POST:
        form = form_of(request.POST)
        if form.is_valid() and form.cleaned_data[RECALL_HOURS.name]:
            return _preview(request, moderator, person, form)
    group = request.GET.get("group", "")
    return action_page(
        request,
        moderator,
        action,
        userid,
        about=f"{person.display_name} ({userid})",
        back=reverse("admin:desk_person", args=[userid]),
        initial={"group": group} if group.isdecimal() else {},
        form_of=form_of,
    )


def person_or_404(userid: str) -> User:
    """Return the person. Raises Http404."""
    person = User.objects.filter(pk=userid).first()
    if person is None:
        raise Http404(gettext("There is no such person."))
    return person


def _preview(request: HttpRequest, moderator: Moderator, person: User, form: ActionForm) -> HttpResponse:
    """Show what a ban would recall, before anything is done. Private messages are shown only on request, and
    the audit log records that with the reason."""
    hours = form.cleaned_data[RECALL_HOURS.name]
    preview = preview_recall(person.pk, hours)
    with_private = "texts" in request.POST
    if with_private and preview.shows_private:
        target = person_target(person.pk)
        try:
            moderator.require(READ_PRIVATE, audit.READ, target)
        except RoleMissing as error:
            return refusal_page(request, error.permission)
        audit.record(moderator, audit.READ, target, form.cleaned_data["reason"], hours=hours)
    return render_page(
        request,
        "admin/desk/ban_preview.html",
        gettext("Ban, and recall messages"),
        person=person,
        form=form,
        fields=[(name, request.POST[name]) for name in form.fields if name in request.POST],
        preview=preview,
        rows=[
            (message, isinstance(message.entry.to, str) and not with_private) for message in preview.messages
        ],
        may_ask=preview.shows_private and not with_private and READ_PRIVATE in moderator.may,
        back=reverse("admin:desk_person", args=[person.pk]),
    )


def _groups_of(userid: str) -> list[Membership]:
    memberships = Membership.objects.current().filter(user=userid).select_related("group")
    return list(memberships.order_by("-pk")[: MAX_ROWS + 1])


def _recent_conversations(userid: str) -> list[RecentConversation]:
    """Return the conversations begun last."""
    peers = Conversation.objects.filter(user=userid, peer__isnull=False).order_by("-pk")
    userids = [str(peer) for peer in peers.values_list("peer", flat=True)[: MAX_ROWS + 1]]
    names = names_of(userids)
    return [RecentConversation(peer, names[peer][0]) for peer in userids]


def _reports(userid: str, moderator: Moderator) -> dict[str, Any]:
    about = Report.objects.filter(about=userid)
    reports: dict[str, Any] = {
        "strikes": about.filter(STRIKE)[:MAX_ROWS].count(),
        "about": list(about.order_by("-pk")[:SHORT_LIST_ROWS]),
    }
    if SEE_REPORTERS in moderator.may:
        by = Complaint.objects.filter(reporter=userid).select_related("report").order_by("-pk")
        reports["by"] = list(by[:SHORT_LIST_ROWS])
    return reports


register(
    DeskPage("people/u:<str:userid>/", person_page, "person", READ_DESK),
    DeskPage("people/u:<str:userid>/addresses/", sharing_page, "person_addresses", READ_DESK),
    *action_pages(PEOPLE, "people/u:<str:userid>/", "person", act_on_person),
)
