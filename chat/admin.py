"""The log in the admin: it can be searched and read, but not changed."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from chat.models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin[Message]):
    fields = ("id", "time", "kind", "sender", "recipient", "group", "content", "extension")
    list_display = ("id", "time", "kind", "sender", "to", "excerpt")
    list_filter = ("kind",)
    search_fields = ("content", "=sender__userid", "=recipient__userid")
    list_select_related = ("group", "sender")
    show_full_result_count = False

    @admin.display(ordering="timet")
    def time(self, message: Message) -> datetime:
        return datetime.fromtimestamp(message.timet, UTC)

    @admin.display
    def to(self, message: Message) -> str:
        return str(message.group) if message.group else str(message.recipient_id)

    @admin.display(ordering="content")
    def excerpt(self, message: Message) -> str:
        return message.content[:80]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
