"""A project that knows nothing of im66 but django-im66: customers of its own, one page, one receiver."""

import os
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import execute_from_command_line

DATA = Path(os.environ["SHOP_DATA"])

settings.configure(
    SECRET_KEY="s" * 50,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        "customers",
        "django_im66",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "shop.sqlite3"}},
    AUTH_USER_MODEL="customers.Customer",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    STATIC_URL="/static/",
    DEBUG=True,
    IM66={
        "URL": os.environ["CHAT"],
        "TOKEN_SECRET": os.environ["CHAT_SECRET"],
        "API_KEY": os.environ["CHAT_KEY"],
        "WEBHOOK_SECRET": os.environ["CHAT_WEBHOOK_SECRET"],
        "USERID": "customers.models.userid_of",
    },
)
django.setup()

from customers.models import Customer  # noqa: E402
from django.contrib.auth import login  # noqa: E402
from django.dispatch import receiver  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import include, path  # noqa: E402
from django_im66.signals import of  # noqa: E402

PAGE = (
    "{% load im66 %}<!doctype html><title>Shop</title>{% im66_chat conversation='u:bob' accent='#123456' %}"
)


def page(request: HttpRequest, number: str) -> HttpResponse:
    customer: Any = Customer._default_manager.get(number=number)
    login(request, customer)
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


@receiver(of("message.created"))
def note(data: dict[str, object], **_: object) -> None:
    with (DATA / "heard.txt").open("a") as received:
        print(data["from"], data["to"], data["content"], file=received)


urlpatterns = [path("for/<str:number>", page), path("im66/", include("django_im66.urls"))]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
