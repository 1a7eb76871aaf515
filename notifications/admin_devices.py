"""The admin's list of push devices. They cannot be created or changed there, and tokens are not shown."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from notifications.admin_deliveries import MAX_LISTED, FirstPages
from notifications.models import Delivery, PushDevice
from notifications.pushing import remove_devices


@admin.register(PushDevice)
class PushDeviceAdmin(ModelAdmin[PushDevice]):
    # Problems come first: a phone's screen cuts off the last columns.
    list_display = ("person", "provider", "problem", "failures", "pushed", "waiting", "app", "name")
    list_filter = ("provider", "app")
    search_fields = ("=user__userid",)
    show_full_result_count = False
    paginator = FirstPages
    fields = (*list_display, "language", "time_zone", "host", "deliveries")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PushDevice | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: PushDevice) -> None:
        remove_devices(PushDevice.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PushDevice]) -> None:
        remove_devices(queryset)

    @admin.display(description=_("user"), ordering="user")
    def person(self, device: PushDevice) -> str:
        return device.user_id

    @admin.display(description=_("last push"), ordering="pushed_at")
    def pushed(self, device: PushDevice) -> Any:
        return datetime.fromtimestamp(device.pushed_at, UTC) if device.pushed_at else "-"

    @admin.display(description=_("waiting"))
    def waiting(self, device: PushDevice) -> int:
        return _deliveries(device).filter(is_dead=False)[:MAX_LISTED].count()

    @admin.display(description=_("last problem"))
    def problem(self, device: PushDevice) -> str:
        """Return the newest problem among the waiting and dead deliveries; empty if there is none."""
        last = _deliveries(device).exclude(problem="").order_by("-id").values_list("problem", flat=True)
        return last.first() or ""

    @admin.display(description=_("deliveries"))
    def deliveries(self, device: PushDevice) -> str:
        url = reverse("admin:notifications_delivery_changelist")
        query = "{}?target_kind__exact={}&target_id__exact={}"
        return format_html(f'<a href="{query}">{{}}</a>', url, device.provider, device.pk, _("show"))


def _deliveries(device: PushDevice) -> QuerySet[Delivery]:
    return Delivery.objects.filter(target_kind=device.provider, target_id=device.pk)
