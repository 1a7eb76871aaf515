"""A person's pages: who it is, where they stand, what there is about them, and who shares their addresses."""

from typing import Any, NamedTuple

from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from accounts.models import User
from accounts.selectors import names_of
from chat.models import Conversation, Device
from groups.models import GroupMute, Membership
from moderation import audit
from moderation.actions.acting import of_person
from moderation.counting import addresses
from moderation.desk import audit_lines, person_deeds
from moderation.desk.private import see
from moderation.desk.site import Page, register, show
from moderation.models import Complaint, Report
from moderation.models.reports import DISMISS, RESOLVED
from moderation.moderators import READ_DESK, SEE_REPORTERS, VIEW_AUDIT, Moderator

# As many of each as a page shows.
MOST = 50
FEW = 10


class Talk(NamedTuple):
    """A conversation of the person with another."""

    peer: str
    name: str


def person_page(request: HttpRequest, moderator: Moderator, userid: str) -> HttpResponse:
    person = person_deeds.person_or_404(userid)
    return show(
        request,
        "admin/desk/person.html",
        person.display_name,
        person=person,
        deeds=_deeds_for(person, moderator),
        devices=list(Device.objects.filter(user=userid).order_by("-acked_id")[:MOST]),
        groups=_groups_of(userid),
        mutes=list(GroupMute.objects.filter(user=userid).select_related("group")[:MOST]),
        talks=_talks_of(userid),
        addresses=addresses.last_of(userid),
        attempts=list(AccessAttempt.objects.filter(username=userid).order_by("-attempt_time")[:FEW]),
        most=MOST,
        **_reports(userid, moderator),
        **_audit(userid, moderator),
    )


def sharing_page(request: HttpRequest, moderator: Moderator, userid: str) -> HttpResponse:
    """Seeing it leaves a line in the audit log, once in a while for each person and session."""
    person = person_deeds.person_or_404(userid)
    see(request, moderator, of_person(userid), addresses.REASON, audit.ADDRESSES)
    found = addresses.sharing(userid)
    return show(
        request,
        "admin/desk/sharing.html",
        gettext("Accounts of the same addresses"),
        person=person,
        found=found,
        most=addresses.MAX_SHARING,
        days=addresses.KEPT_TIME.days,
    )


def _deeds_for(person: User, moderator: Moderator) -> list[Any]:
    """Those that make sense now. A person may be muted in a group, so unmuting always does."""
    useless = {"unban"} if person.is_active else {"ban", "disconnect", "warn"}
    return [
        deed
        for name, deed in person_deeds.DEEDS.items()
        if deed.permission in moderator.may and name not in useless
    ]


def _groups_of(userid: str) -> list[Membership]:
    found = Membership.objects.current().filter(user=userid).select_related("group")
    return list(found.order_by("-pk")[: MOST + 1])


def _talks_of(userid: str) -> list[Talk]:
    """Those begun last."""
    peers = Conversation.objects.filter(user=userid, peer__isnull=False).order_by("-pk")
    userids = [str(peer) for peer in peers.values_list("peer", flat=True)[: MOST + 1]]
    names = names_of(userids)
    return [Talk(peer, names[peer][0]) for peer in userids]


def _reports(userid: str, moderator: Moderator) -> dict[str, Any]:
    about = Report.objects.filter(about=userid)
    found: dict[str, Any] = {
        "strikes": about.filter(state=RESOLVED).exclude(outcome=DISMISS)[:MOST].count(),
        "about": list(about.order_by("-pk")[:FEW]),
    }
    if SEE_REPORTERS in moderator.may:
        by = Complaint.objects.filter(reporter=userid).select_related("report").order_by("-pk")
        found["by"] = list(by[:FEW])
    return found


def _audit(userid: str, moderator: Moderator) -> dict[str, Any]:
    if VIEW_AUDIT not in moderator.may:
        return {}
    target = of_person(userid)
    entries = audit.entries(audit.Filter(target=target), limit=FEW)
    return {"entries": audit_lines.lines_of(entries, moderator), "target": target}


register(Page("people/u:<str:userid>/", person_page, "person", READ_DESK))
register(Page("people/u:<str:userid>/addresses/", sharing_page, "person_addresses", READ_DESK))
