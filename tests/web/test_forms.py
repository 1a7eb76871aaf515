"""The forms of the page at `/`, the verbs of the dialect and the group calls."""

import re
from pathlib import Path
from typing import Any

from django.test import Client

from chat.protocol import legacy
from chat.protocol.rows import KINDS
from groups.calls import NAMES
from groups.legacy.urls import urlpatterns
from web.forms import CALLS, VERBS, Form

SCRIPT = Path(__file__).resolve().parents[2] / "static/im66/protocol.js"


def verbs() -> set[str]:
    """What the forms send, but for the one that sends anything."""
    names = {form.name for form in VERBS} - {"message", "raw"}
    (kind,) = [field for form in VERBS for field in form.row if field.name == "kind"]
    return names | {value for value, _ in kind.options}


def fields(form: Form) -> set[str]:
    return {field.name for field in (*form.row, *form.below)}


def test_every_verb_of_the_dialect_has_a_form_and_no_form_is_for_another() -> None:
    assert verbs() == set(legacy._READERS)
    assert set(KINDS) < verbs()


def test_the_script_makes_a_frame_of_the_fields_of_each() -> None:
    builders = re.findall(r"^  (\w+): \(\{ ([\w, ]+) \}\) =>", SCRIPT.read_text(), re.MULTILINE)
    assert {name: set(fields.split(", ")) for name, fields in builders} == {
        form.name: fields(form) for form in VERBS
    }


def test_the_page_has_them_in_their_order(client: Client) -> None:
    page = client.get("/").content.decode()
    assert re.findall(r'<form data-verb="(\w+)"', page) == [form.name for form in VERBS]
    assert re.findall(r'<form data-call="(\w+)"', page) == [form.name for form in CALLS]


def test_every_group_call_has_a_form_with_what_it_takes() -> None:
    views: dict[str, Any] = {str(pattern.name): pattern.callback for pattern in urlpatterns}
    takes = {name: view.cls.serializer_class().fields for name, view in views.items()}
    assert set(takes) == set(NAMES)
    assert {form.name: fields(form) for form in CALLS} == {
        name: {"method", *serializer} for name, serializer in takes.items()
    }
    optional = {(form.name, field.name) for form in CALLS for field in form.below if field.is_optional}
    assert optional == {
        (name, field) for name, found in takes.items() for field in found if not found[field].required
    }
