"""What a page of ours may do in a browser, whatever gets into it."""

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/", "/upload/writev2", "/admin/login/"])
@pytest.mark.django_db
def test_its_forms_go_nowhere_else(path: str) -> None:
    policy = Client().get(path)["Content-Security-Policy"]
    assert "form-action 'self'" in policy.split("; ")
