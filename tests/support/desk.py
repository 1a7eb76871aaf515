"""The moderation desk as in a browser, for each role."""

from typing import Any

from django.test import Client

from accounts.models import User
from moderation.desk import site
from moderation.desk.site import DeskPage
from moderation.roles import ADMINISTRATOR, AUDITOR, MODERATOR
from tests.support.moderators import staff

ROLES = (MODERATOR, ADMINISTRATOR, AUDITOR)
REASON = {"reason": "because"}


def pages() -> list[DeskPage]:
    """Return all pages of the desk."""
    return list(site._pages)


def enter(role: str, userid: str = "") -> Client:
    """Return a logged-in client with a role, as "superuser", or as "nobody", who is staff without a role."""
    client = Client()
    userid = userid or role
    if role == "superuser":
        client.force_login(User.objects.create_superuser(userid))
    elif role == "nobody":
        client.force_login(User.objects.create_user(userid, is_staff=True))
    else:
        client.force_login(staff(userid, role))
    return client


def text_of(response: Any) -> str:
    """Return the visible text of a page, which must exist."""
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def do(client: Client, url: str, **fields: str) -> str:
    """Send the form of an action with a reason, and return the text of the next page."""
    return text_of(client.post(url, {**REASON, **fields}, follow=True))
