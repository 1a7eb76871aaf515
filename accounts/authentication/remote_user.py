"""Logs in the person whom a trusted proxy has authenticated."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class RemoteUserBackend(ModelBackend):
    """A backend of `django.contrib.auth` that needs no password."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, remote_user: str | None = None, **_: Any
    ) -> User | None:
        user = User.objects.filter(pk=remote_user).first() if remote_user else None
        return user if user and self.user_can_authenticate(user) else None
