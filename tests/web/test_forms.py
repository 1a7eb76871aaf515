"""The forms of the page at `/`, and the verbs of the dialect."""

import re
from pathlib import Path

from django.test import Client

from chat.protocol import legacy
from chat.protocol.rows import KINDS
from web.verbs import FORMS

SCRIPT = Path(__file__).resolve().parents[2] / "static/im66/protocol.js"


def verbs() -> set[str]:
    """What the forms send, but for the one that sends anything."""
    names = {form.name for form in FORMS} - {"message", "raw"}
    (kind,) = [field for form in FORMS for field in form.row if field.name == "kind"]
    return names | {value for value, _ in kind.options}


def test_every_verb_of_the_dialect_has_a_form_and_no_form_is_for_another() -> None:
    assert verbs() == set(legacy._READERS)
    assert set(KINDS) < verbs()


def test_the_script_makes_a_frame_of_the_fields_of_each() -> None:
    builders = re.findall(r"^  (\w+): \(\{ ([\w, ]+) \}\) =>", SCRIPT.read_text(), re.MULTILINE)
    assert {name: set(fields.split(", ")) for name, fields in builders} == {
        form.name: {field.name for field in (*form.row, *form.below)} for form in FORMS
    }


def test_the_page_has_them_in_their_order(client: Client) -> None:
    page = client.get("/").content.decode()
    assert re.findall(r'<form data-verb="(\w+)"', page) == [form.name for form in FORMS]
