"""The admin's list of deliveries: sent, waiting and given up."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.signals import announce_setting_change
from notifications.models import Delivery
from notifications.models.endpoints import STATE_TITLES, STATES
from notifications.sending.queue import replay

MAX_LISTED = 10_000


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATE_TITLES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(STATES.get(self.value() or "", Q()))


class FirstPages(Paginator[Delivery]):
    """A paginator that counts at most MAX_LISTED rows, because a full count on every page is slow. Older rows
    are found by filters."""

    @cached_property
    def count(self) -> int:
        assert isinstance(self.object_list, QuerySet)
        return self.object_list[:MAX_LISTED].count()


@admin.register(Delivery)
class DeliveryAdmin(ModelAdmin[Delivery]):
    """Read-only, and without the contents of messages."""

    list_display = (
        *("id", "event", "state_title", "problem", "attempts", "made", "next_try", "arrived"),
        *("endpoint", "target_kind", "key", "log_id"),
    )
    list_filter = (StateFilter, "endpoint", "event")
    list_select_related = ("endpoint",)
    show_full_result_count = False
    paginator = FirstPages
    actions = ("replay",)
    fields = list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leave out waiting pushes unless the page is filtered by device: there may be very many."""
        no_waiting_pushes = Q(endpoint__isnull=False) | Q(is_dead=True)
        is_of_device = "target_id__exact" in request.GET
        return super().get_queryset(request).filter(Q() if is_of_device else no_waiting_pushes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_delivery"))

    @admin.display(description=_("state"))
    def state_title(self, delivery: Delivery) -> Any:
        return STATE_TITLES[delivery.state]

    @admin.display(description=_("created"))
    def made(self, delivery: Delivery) -> Any:
        return delivery.made

    @admin.display(description=_("arrived"))
    def arrived(self, delivery: Delivery) -> Any:
        return delivery.arrived

    @admin.display(description=_("next try"))
    def next_try(self, delivery: Delivery) -> Any:
        return None if delivery.is_dead else delivery.due

    @admin.action(description=_("Send the selected ones again"), permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        count = 0
        chosen = queryset.order_by()
        with transaction.atomic():
            for endpoint, kind in sorted(set(chosen.values_list("endpoint", "target_kind")), key=str):
                ids = list(chosen.filter(endpoint=endpoint, target_kind=kind).values_list("pk", flat=True))
                if again := replay(Delivery.objects.filter(pk__in=ids)):
                    count += again
                    target = f"{kind}:" if endpoint is None else f"endpoint:{endpoint}"
                    announce_setting_change(request, "delivery.replay", target, deliveries=again)
        self.message_user(request, gettext("Sent again: %(count)d.") % {"count": count})
