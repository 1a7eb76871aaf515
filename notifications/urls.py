from django.urls import path

from accounts.api.paths import HOOKS
from notifications.api.writing import Commands, Typing, Write, WriteByAddress

_PATH = HOOKS.lstrip("/")

urlpatterns = [
    path(_PATH, Write.as_view()),
    path(f"{_PATH}commands", Commands.as_view()),
    path(f"{_PATH}typing", Typing.as_view()),
    path(f"{_PATH}<str:token>", WriteByAddress.as_view()),
]
