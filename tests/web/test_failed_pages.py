"""The error pages for 404, 403 and 500."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from im66.urls import handler403, handler404, handler500
from im66.urls import urlpatterns as ours
from tests.support.accounts import text

__all__ = ["handler403", "handler404", "handler500"]


def _refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def _fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


urlpatterns = [path("refused", _refuse), path("failed", _fail), *ours]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("path", "status", "english", "chinese"),
    [
        ("/nowhere", 404, "There is no such page", "页面不存在"),
        ("/refused", 403, "Not allowed", "没有权限"),
        ("/failed", 500, "Something went wrong", "出错了"),
    ],
)
def test_error_pages_use_language_of_reader(path: str, status: int, english: str, chinese: str) -> None:
    # Without a database: it may be what failed.
    client = Client(raise_request_exception=False)
    for language, title in (("en", english), ("zh-CN", chinese)):
        response = client.get(path, headers={"Accept-Language": language})

        assert response.status_code == status
        assert f"<h1>{title}</h1>" in text(response)
        assert "Back to im66" in text(response) or "返回 im66" in text(response)
