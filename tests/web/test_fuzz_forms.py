"""The account forms with random input."""

from urllib.parse import urlsplit

import hypothesis
import pytest
from django.test import Client
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from tests.support.accounts import ALICE, PASSWORD
from tests.support.settings import override

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FIELDS = {
    "/login/": ["username", "password", "next"],
    "/admin/login/": ["username", "password", "next"],
    "/signup/": ["userid", "nickname", "password1", "password2"],
    "/password/": ["old_password", "new_password1", "new_password2"],
    "/logout/": ["next"],
}
# What can be sent in UTF-8, and what looks like something.
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.sampled_from([ALICE, PASSWORD, "\0", "a" * 300, "//evil.example", "/login/", "%00", "\u202e"]),
)


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    path = draw(st.sampled_from(sorted(FIELDS)))
    return path, {name: draw(VALUES) for name in FIELDS[path] if draw(st.booleans())}


@pytest.fixture(autouse=True)
def alice(cheap_passwords: None, settings: Settings) -> User:
    override(settings, signup="open")
    return User.objects.create_user(ALICE, PASSWORD)


@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(forms(), st.booleans(), st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_random_forms_do_not_fail(
    alice: User, form: tuple[str, dict[str, str]], is_logged_in: bool, language: str
) -> None:
    client, (path, fields) = Client(HTTP_ACCEPT_LANGUAGE=language), form
    if is_logged_in:
        client.force_login(alice)
    for answer in (client.post(path, fields), client.get(path, fields)):
        assert answer.status_code in {200, 302, 403, 405, 429}
        assert not urlsplit(answer.headers.get("Location", "")).netloc
