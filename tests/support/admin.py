"""The admin as in a browser: opens a page, fills in its form, and sends it."""

from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from accounts.models import User

Fields = dict[str, str]


def operator() -> Client:
    """Return a client that is logged in to the admin as a superuser."""
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


class _Form(HTMLParser):
    """Parses the fields that a browser would send for the unchanged form with this id."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.fields: Fields = {}
        self._inside = False
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = fields.get("id") == self.form_id
        name = fields.get("name", "")
        if tag == "option" and self._select and "selected" in fields:
            self.fields[self._select] = fields["value"]
        if not self._inside or not name or "disabled" in fields:
            return
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea, self.fields[name] = name, ""
        elif tag == "input" and fields.get("type") not in {"submit", "file"}:
            chosen = fields.get("type") not in {"checkbox", "radio"} or "checked" in fields
            if chosen:
                self.fields[name] = fields.get("value", "on")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea:
            # A browser ignores the first line break in a text area.
            self.fields[self._textarea] = self.fields[self._textarea].removeprefix("\r\n").removeprefix("\n")
            self._textarea = ""


def open_form(client: Client, url: str) -> Fields:
    """Return the fields of the form at `url`."""
    response = client.get(url)
    assert response.status_code == 200
    *_, app_and_model = url.removeprefix("/admin/").split("/")[1:2]
    form = _Form(f"{app_and_model}_form")
    form.feed(response.content.decode())
    assert "csrfmiddlewaretoken" in form.fields
    return form.fields


def send_form(client: Client, url: str, **changes: str) -> Any:
    """Send the form at `url` with `changes`, and return the response."""
    return client.post(url, {**open_form(client, url), **changes})


def was_saved(response: Any) -> bool:
    """Return whether the form was accepted, and not shown again."""
    assert response.status_code in {200, 302}
    return bool(response.status_code == 302)


def complaints(response: Any) -> list[str]:
    """Return the errors of a form that is shown again. They must also be announced to screen readers."""
    assert not was_saved(response)
    errors = [response.context["adminform"].form.errors]
    results: list[str] = []
    for inline in response.context["inline_admin_formsets"]:
        results += inline.formset.non_form_errors()
        errors += inline.formset.errors
    results += [str(text) for fields in errors for texts in fields.values() for text in texts]
    page = unescape(response.content.decode())
    assert all(text in page for text in results)
    return results
