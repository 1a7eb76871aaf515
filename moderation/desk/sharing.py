"""The page of those who have logged in from the same addresses as a person."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from moderation import audit
from moderation.actions.acting import of_person
from moderation.counting import addresses
from moderation.desk import person_deeds
from moderation.desk.private import see
from moderation.desk.site import Page, register, show
from moderation.moderators import READ_DESK, Moderator


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


register(Page("people/u:<str:userid>/addresses/", sharing_page, "person_addresses", READ_DESK))
