"""The forms of the console cover the dialects and the calls."""

import re
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.api.document import document
from accounts.api.paths import ROOT
from accounts.services import ensure_users
from chat.models import ContactRequest
from chat.protocol import json_commands, kinds, legacy
from chat.protocol.kinds import polls
from groups.calls import CALL_NAMES, CALLS_OF_OTHER_APPS, NO_OP_CALLS
from groups.legacy.urls import urlpatterns
from groups.models import GroupLink, JoinRequest
from groups.services import create_group
from log.appending import Draft, append
from log.models import Group
from moderation.legacy.urls import urlpatterns as others
from notifications.bots import make_bot
from uploads.calls import API_PATH, FILES_PATH, kinds_at
from uploads.calls import KINDS as UPLOAD_CALLS
from web.console.fields import Form
from web.console.http import EXAMPLES, UPLOADS
from web.console.json import COMMANDS, commands
from web.console.legacy import CALLS, VERBS

SCRIPT = Path(__file__).resolve().parents[2] / "static/im66/console/legacy.js"


def verbs() -> set[str]:
    """Return the verbs that the forms send, without the form for arbitrary frames."""
    names = {form.name for form in VERBS} - {"message", "raw"}
    (kind,) = [field for form in VERBS for field in form.row if field.name == "kind"]
    return names | {value for value, _ in kind.options}


def fields(form: Form) -> set[str]:
    return {field.name for field in (*form.row, *form.below)}


def test_console_covers_legacy_verbs() -> None:
    assert verbs() == set(legacy._PARSERS)
    assert verbs() > kinds.VERBS


def test_console_script_covers_fields_of_each_verb() -> None:
    builders = re.findall(r"^  (\w+): \(\{ ([\w, ]+) \}\) =>", SCRIPT.read_text(), re.MULTILINE)
    assert {name: set(fields.split(", ")) for name, fields in builders} == {
        form.name: fields(form) for form in VERBS
    }


def test_console_covers_json_commands_and_fields() -> None:
    takes = {name: set(shape["properties"]) for name, shape in json_commands.commands().items()}
    assert {form.name: fields(form) | {"id", "cmd"} for form in COMMANDS if form.name != "raw"} == takes


def test_console_fields_have_types_of_the_dialect() -> None:
    listed = {(form.name, field.name): field.type for form in COMMANDS for field in (*form.row, *form.below)}
    names = {"array": "list", "boolean": "boolean", "integer": "number", "string": "text", "object": "object"}
    for command, shape in json_commands.commands().items():
        for name, shape_of_field in shape["properties"].items():
            shapes = shape_of_field.get("anyOf", [shape_of_field])
            types = [one["type"] for one in shapes if "type" in one]
            kinds = {kind for type_ in types for kind in ([type_] if isinstance(type_, str) else type_)}
            kinds -= {"null"}
            of_numbers = shape_of_field.get("items", {}).get("type") == "integer"
            if (type_ := listed.get((command, name))) and kinds:
                expected = {"numbers"} if of_numbers else {names[kind] for kind in kinds}
                assert {type_} == expected, name


def test_hello_form_is_prefilled_only_in_open_mode() -> None:
    userids = [
        commands("", is_open=True)[0].row[0].value,
        commands("dave", is_open=True)[0].row[0].value,
        commands("dave", is_open=False)[0].row[0].value,
    ]
    assert userids == ["alice", "dave", ""]


def test_console_page_shows_forms_in_order(client: Client) -> None:
    page = client.get("/console").content.decode()
    for kind, forms in {"verb": VERBS, "command": COMMANDS, "call": CALLS, "upload": UPLOADS}.items():
        assert re.findall(rf'<form data-{kind}="(\w+)"', page) == [form.name for form in forms]


def test_console_covers_group_calls_and_fields() -> None:
    views: dict[str, Any] = {str(pattern.name): pattern.callback for pattern in [*urlpatterns, *others]}
    takes = {
        name: view.cls.serializer_class().fields for name, view in views.items() if name not in NO_OP_CALLS
    }
    assert set(takes) == {*CALL_NAMES, *CALLS_OF_OTHER_APPS}
    assert {form.name: fields(form) for form in CALLS} == {
        name: {"method", *serializer} for name, serializer in takes.items()
    }
    optional = {(form.name, field.name) for form in CALLS for field in form.below if field.is_optional}
    assert optional == {
        (name, field) for name, listed in takes.items() for field in listed if not listed[field].required
    }


def test_console_covers_upload_calls() -> None:
    assert {form.name for form in UPLOADS} == {"uploads", *UPLOAD_CALLS}
    assert {form.path for form in UPLOADS} >= {API_PATH}
    assert all(kinds_at(form.path) for form in UPLOADS)


# The console shows no API key.
FOR_KEYS = {
    ("POST", f"{ROOT}users"),
    ("PATCH", f"{ROOT}users/*"),
    ("DELETE", f"{ROOT}users/*"),
    ("POST", f"{ROOT}users/bulk"),
    ("PUT", f"{ROOT}groups/by-id/*"),
    *((method, f"{ROOT}announcements") for method in ("GET", "POST")),
    *((method, f"{ROOT}announcements/*") for method in ("GET", "POST")),
    *((method, f"{ROOT}webhooks") for method in ("GET", "POST")),
    *((method, f"{ROOT}webhooks/*") for method in ("GET", "PATCH", "DELETE")),
    ("GET", f"{ROOT}webhooks/*/deliveries"),
    ("POST", f"{ROOT}webhooks/*/resend"),
    *((method, f"{ROOT}webhooks/*/replay") for method in ("POST", "DELETE")),
    ("PATCH", f"{ROOT}conversations/*/messages/*"),
}


def operations() -> set[tuple[str, str]]:
    """Return the API calls as methods and paths, with `*` for a name.

    Without the calls of moderators, who use the desk, and of files in pieces, which need a program.
    """
    listed = {
        path: calls
        for path, calls in document()["paths"].items()
        if "/moderation/" not in path and not path.startswith(FILES_PATH)
    }
    every = {(method.upper(), re.sub(r"\{\w+\}", "*", path)) for path in listed for method in listed[path]}
    return every - FOR_KEYS


def test_console_covers_api_calls() -> None:
    names = r"/(?:[ug]:)?(?:bob|charlie|(?<!logins/)code|tokens|phone|1)(?=/|$)"
    paths = {(one.method, re.sub(names, "/*", urlsplit(f"{ROOT}{one.path}").path)) for one in EXAMPLES}
    assert paths - {("GET", f"{ROOT}schema")} == operations() - {("POST", API_PATH)}


@pytest.mark.django_db
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.method} {one.path}")
def test_console_examples_are_valid_calls(client: Client, example: Any) -> None:
    ensure_users(["alice", "bob", "charlie", "dora"])
    group = create_group("alice", ["bob", "charlie"], "Friends").pk
    shape_of_field = "emotion" if "stickers" in example.path else "text"
    draft = Draft(shape_of_field, "bob", "alice", "Hello, Alice.", "")
    if "/votes" in example.path:
        content, details = polls.stored_poll("Tea?", polls._Poll(["Yes", "No"]))
        draft = Draft("poll", "alice", "bob", content, "", details=details)
    message = append([draft]).batch.last
    Group.objects.filter(pk=group).update(must_confirm=True, notice_id=1)
    params = {"sender_id": "dora", "recipient_id": "alice", "state": "waiting", "asked_at": time()}
    ContactRequest.objects.create(pk=1, **params)
    JoinRequest.objects.create(group_id=group, user_id="dora")
    GroupLink.objects.create(group_id=group, code="code", made_by_id="alice")
    bot = make_bot(group, "Weather", by="alice").pk
    path = f"{ROOT}{example.path}".replace("groups/1", f"groups/{group}").replace("hooks/1", f"hooks/{bot}")
    path = path.replace("message=1", f"message={message}").replace("messages/1", f"messages/{message}")
    body = example.body.replace('"message": 1', f'"message": {message}').replace("[1]", f"[{message}]")
    kind = "application/json" if body else ""
    answer = client.generic(example.method, path, body, kind, headers={"Authorization": "Userid alice"})
    # In open mode, nobody has logins of their own.
    assert answer.status_code < 300 or (answer.status_code == 403 and (example.path + "/").startswith("me/"))
