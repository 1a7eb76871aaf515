"""What every action of a moderator asks for before anything is done, and what is made of its entry."""

import re
import time
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from log import appending
from log.appending import Draft
from log.models import Group
from log.rows import HELD as HELD_KIND
from moderation.actions import groups, people
from moderation.actions.acting import Action
from moderation.actions.fields import UNTIL
from moderation.actions.groups import GROUPS
from moderation.actions.messages import HELD, MESSAGES
from moderation.actions.people import PEOPLE
from moderation.errors import DeskError, NoReason, NotFound, PastTime
from moderation.moderators import Moderator, RoleMissing
from tests.support.desk import enter, text_of
from tests.support.groups import everything
from tests.support.moderators import MODERATOR, NOBODY, REASON, audit_log, entries

pytestmark = pytest.mark.django_db

ALL = (*PEOPLE, *GROUPS, *MESSAGES, *HELD)
# What nobody can read.
NO_REASONS = ("", " ", "\n", "\u200b\u2060")
# What actions need besides the reason, by the names of their fields.
NEEDED: dict[str, Any] = {"seconds": 30, "days": 30, "userid": "bob", "userids": ["bob"]}


def write(kind: str, to: str | int) -> int:
    return appending.append([Draft(kind, "bob", to, "hello", "")]).batch.last


def refused(action: Action, moderator: Moderator, target: object, reason: str) -> type[DeskError] | None:
    needed = {field.name: NEEDED[field.name] for field in action.fields if field.is_required}
    try:
        action.act(moderator, target, reason=reason, **needed)
    except DeskError as error:
        return type(error)
    return None


def test_action_requires_permission_reason_and_target(group: Group) -> None:
    message, held = write("text", group.pk), write(HELD_KIND, "alice")
    tried: list[tuple[tuple[Action, ...], object, object, str]] = [
        (PEOPLE, "bob", "nobody", "u:bob"),
        (GROUPS, group.pk, 10**6, f"g:{group.pk}"),
        (MESSAGES, message, 10**6, f"m:{message}"),
        (HELD, held, 10**6, f"m:{held}"),
    ]
    before, written_down = everything(), []
    for actions, target, missing, name in tried:
        for action in actions:
            assert refused(action, NOBODY, target, REASON) is RoleMissing, action.line
            why = {reason: refused(action, MODERATOR, target, reason) for reason in NO_REASONS}
            assert why == dict.fromkeys(NO_REASONS, NoReason), action.line
            assert issubclass(refused(action, MODERATOR, missing, REASON) or object, NotFound), action.line
            written_down.append((action.line, name))
    assert everything() == before
    assert [(entry.details["wanted"], entry.target) for entry in audit_log()] == written_down


def test_action_rejects_end_in_the_past(group: Group) -> None:
    before = everything()
    for action in (action for action in PEOPLE if UNTIL in action.fields):
        with pytest.raises(PastTime):
            action.act(MODERATOR, "bob", reason=REASON, until=int(time.time()))
    assert everything() == before
    assert entries() == []


def test_undo_names_existing_related_actions() -> None:
    lines = {action.line for action in ALL}
    assert [action.line for action in ALL if action.undo and not lines.issuperset(action.undo.related)] == []


class TestOfTheEntryAreMade:
    """What people see and call of an action, each from its entry in the table."""

    @pytest.fixture
    def desk(self, group: Group) -> Client:
        return enter("superuser")

    def test_action_entry_makes_desk_page_with_form(self, desk: Client, group: Group) -> None:
        message, held = write("text", group.pk), write(HELD_KIND, group.pk)
        kinds: list[tuple[str, tuple[Action, ...], object]] = [
            ("person", PEOPLE, "bob"),
            ("group", GROUPS, group.pk),
            ("message", MESSAGES, message),
            ("held", HELD, held),
        ]
        for kind, actions, target in kinds:
            for action in actions:
                page = desk.get(reverse(f"admin:desk_{kind}_{action.name}", args=[target]))
                page_text = unescape(text_of(page))
                assert all(str(text) in page_text for text in (action.title, action.warning)), action.line
                form_fields = [name for field in action.fields for name in field.form_fields()]
                assert list(page.context["form"].fields) == [*form_fields, "reason"], action.line

    def test_action_entry_makes_button_where_applicable(self, desk: Client, group: Group) -> None:
        seen = [action.name for action in desk.get("/admin/people/u:bob/").context["actions"]]
        assert seen == ["warn", "mute", "unmute", "disconnect", "ban"]
        seen = [action.name for action in desk.get(f"/admin/groups/{group.pk}/").context["actions"]]
        assert seen == [
            "edit",
            "mute",
            "slow",
            "keep",
            "handover",
            "add",
            "remove",
            "clear_nicknames",
            "dissolve",
        ]
        groups.dissolve(MODERATOR, group.pk, REASON)
        people.ban(MODERATOR, "bob", REASON)
        seen = [action.name for action in desk.get(f"/admin/groups/{group.pk}/").context["actions"]]
        assert seen == ["restore", "keep"]
        seen = [action.name for action in desk.get("/admin/people/u:bob/").context["actions"]]
        assert seen == ["mute", "unmute", "unban"]

    def test_action_entry_makes_api_body(self, client: Client) -> None:
        shapes = client.get("/api/v1/schema").json()["components"]["schemas"]
        bodies = {"PersonAction": PEOPLE, "GroupAction": GROUPS, "MessageAction": (*MESSAGES, *HELD)}
        for name, actions in bodies.items():
            taken = dict(shapes[name]["properties"])
            del taken["action"], taken["reason"]
            assert set(taken) == {field.name for action in actions for field in action.fields}
            for field, shape in taken.items():
                names = {
                    f"`{one.name}`"
                    for one in actions
                    if field in {form_fields.name for form_fields in one.fields}
                }
                assert set(re.findall("`[a-z_]+`", shape["description"])) == names, field

    def test_action_entry_gives_title_in_audit_log(self, desk: Client) -> None:
        chosen = unescape(text_of(desk.get("/admin/audit/")))
        options = {one.line: f'<option value="{one.line}">{one.done}<' for one in ALL if one.done}
        missing = [one.line for one in ALL if options.get(one.line, "none") not in chosen]
        assert missing == []
