from django.urls import path

from accounts.api.paths import HOOKS
from notifications.api.slack import SlackHook, SlashResponse
from notifications.api.writing import BotCommands, BotMessages, BotTyping, WriteByAddress

_PATH = HOOKS.lstrip("/")

urlpatterns = [
    path(_PATH, BotMessages.as_view()),
    path(f"{_PATH}commands", BotCommands.as_view()),
    path(f"{_PATH}typing", BotTyping.as_view()),
    path(f"{_PATH}<str:token>", WriteByAddress.as_view()),
    path(f"{_PATH}<str:address>/slack", SlackHook.as_view()),
    path(f"{_PATH}<str:address>/response", SlashResponse.as_view()),
]
