"""Reasons to choose from, which administrators write: those who may see who has reported."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from moderation import audit
from moderation.desk.site import moderator_at
from moderation.models import ReasonTemplate
from moderation.moderators import SEE_REPORTERS

# Of a text in the list.
MAX_SHOWN_CHARACTERS = 100


@admin.register(ReasonTemplate)
class ReasonTemplateAdmin(ModelAdmin[ReasonTemplate]):
    """Each change has a line in the audit log: people are told these texts."""

    list_display = ("title", "beginning", "place")

    @admin.display(description=gettext_lazy("text"))
    def beginning(self, template: ReasonTemplate) -> str:
        return Truncator(template.text).chars(MAX_SHOWN_CHARACTERS)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_administrator(request)

    def save_model(self, request: HttpRequest, obj: ReasonTemplate, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            _record(request, "template.change" if change else "template.make", obj)

    def delete_model(self, request: HttpRequest, obj: ReasonTemplate) -> None:
        with transaction.atomic():
            _record(request, "template.remove", obj)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ReasonTemplate]) -> None:
        with transaction.atomic():
            for template in queryset:
                self.delete_model(request, template)


def _record(request: HttpRequest, action: str, template: ReasonTemplate) -> None:
    target = f"template:{template.pk}"
    audit.record(moderator_at(request), action, target, title=template.title, text=template.text)


def _is_administrator(request: HttpRequest) -> bool:
    return SEE_REPORTERS in moderator_at(request).may
