"""Lets in whom a proxy in front names, which has asked them who they are."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class RemoteUserBackend(ModelBackend):
    """For `django.contrib.auth`: no password is asked for."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, remote_user: str | None = None, **_: Any
    ) -> User | None:
        user = User.objects.filter(pk=remote_user).first() if remote_user else None
        return user if user and self.user_can_authenticate(user) else None
