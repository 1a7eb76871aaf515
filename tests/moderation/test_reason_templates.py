"""Reasons to choose from: administrators write them, everybody who gives a reason finds them."""

import pytest

from log.models import Group
from moderation.models import ReasonTemplate
from tests.support.desk import enter, text_of
from tests.support.moderators import entries, last_entry

pytestmark = pytest.mark.django_db

PAGES = "/admin/moderation/reasontemplate/"
SENT = {"title": "Advertising", "text": "no <advertising> here", "place": "1"}


def test_changes_of_reason_templates_are_audited(group: Group) -> None:
    client = enter("administrator")
    assert "Reason templates" in text_of(client.get("/admin/"))
    client.post(f"{PAGES}add/", SENT)
    template = ReasonTemplate.objects.get()
    client.post(f"{PAGES}{template.pk}/change/", {**SENT, "text": "no gold"})
    assert last_entry().details == {"title": "Advertising", "text": "no gold"}
    client.post(f"{PAGES}{template.pk}/delete/", {"post": "yes"})
    target = f"template:{template.pk}"
    assert entries() == [(f"template.{what}", target) for what in ("make", "change", "remove")]
    assert not ReasonTemplate.objects.exists()


@pytest.mark.parametrize("role", ["moderator", "auditor", "nobody"])
def test_only_administrators_edit_reason_templates(role: str, group: Group) -> None:
    assert enter(role).post(f"{PAGES}add/", SENT).status_code == 403
    assert not ReasonTemplate.objects.exists()


def test_reason_form_has_a_button_per_template(group: Group) -> None:
    ReasonTemplate.objects.create(title="<b>Ads</b>", text='no "advertising"')
    client = enter("moderator")
    shown = text_of(client.get("/admin/people/u:bob/warn/"))
    assert '<button type="button" data-text="no &quot;advertising&quot;"' in shown
    assert "&lt;b&gt;Ads&lt;/b&gt;</button>" in shown
    assert 'data-fills="id_reason" hidden' in shown
    # Why one reads what others wrote is no such reason.
    assert "data-fills" not in text_of(client.get("/admin/messages/?person=bob&with=alice"))


def test_reason_form_without_templates_offers_none(group: Group) -> None:
    assert "data-fills" not in text_of(enter("moderator").get("/admin/people/u:bob/warn/"))
