"""Endpoints, what could not be delivered to them, and bots, in the admin."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.addresses import base_url, client_address
from accounts.api.paths import HOOKS
from accounts.signals import setting_changed
from groups.errors import GroupError
from groups.models import Group
from notifications import bots
from notifications.models import Delivery, Endpoint, Hook
from notifications.models.endpoints import EVENTS, NOTICE, STANDARD
from notifications.providers import all_providers, provider_named
from notifications.providers.webhook import EndpointProvider
from notifications.sending.queue import replay


class EndpointForm(forms.ModelForm[Endpoint]):
    events = forms.MultipleChoiceField(
        choices=[(event, event) for event in EVENTS],
        initial=[NOTICE],
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "notice.due: somebody has not got a message in time. "
            "report.created: somebody, or a rule, has reported something to the moderators."
        ),
    )

    kind = forms.ChoiceField(label=_("kind"), initial=STANDARD)

    class Meta:
        model = Endpoint
        fields = ("name", "kind", "url", "secret", "events", "groups", "with_text", "is_active")
        widgets = {"url": forms.TextInput(attrs={"size": 80}), "groups": forms.TextInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(one.name, one.title) for one in all_providers() if isinstance(one, EndpointProvider)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["events"] = self.instance.events.split()

    def clean_events(self) -> str:
        """As they are stored."""
        return " ".join(self.cleaned_data["events"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        provider = provider_named(found.get("kind", ""))
        if isinstance(provider, EndpointProvider):
            provider.check(found.get("events", NOTICE).split())
        return found


@admin.register(Endpoint)
class EndpointAdmin(ModelAdmin[Endpoint]):
    form = EndpointForm
    list_display = ("name", "kind_title", "url", "events", "is_active", "waiting", "dead")

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        before = _said(Endpoint.objects.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)
        details = _said(obj) if before is None else {**_said(obj), "before": before}
        if change and "secret" in form.changed_data:
            details["secret"] = "changed"
        _tell(request, "endpoint.change" if change else "endpoint.make", f"endpoint:{obj.pk}", **details)

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        with transaction.atomic():
            _tell(request, "endpoint.remove", f"endpoint:{obj.pk}", **_said(obj))
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        with transaction.atomic():
            for endpoint in queryset:
                self.delete_model(request, endpoint)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_title(self, endpoint: Endpoint) -> str:
        provider = provider_named(endpoint.kind)
        return str(provider.title) if isinstance(provider, EndpointProvider) else endpoint.kind

    @admin.display(description=_("waiting"))
    def waiting(self, endpoint: Endpoint) -> int:
        return Delivery.objects.filter(endpoint=endpoint, is_dead=False).count()

    @admin.display(description=_("dead letters"))
    def dead(self, endpoint: Endpoint) -> int:
        return Delivery.objects.filter(endpoint=endpoint, is_dead=True).count()


@admin.register(Delivery)
class DeliveryAdmin(ModelAdmin[Delivery]):
    """What waits, and what was given up. Nobody makes or changes any."""

    list_display = (
        "id",
        "endpoint",
        "target_kind",
        "event",
        "key",
        "log_id",
        "attempts",
        "problem",
        "made",
        "due",
        "is_dead",
    )
    list_filter = ("is_dead", "endpoint", "event")
    list_select_related = ("endpoint",)
    show_full_result_count = False
    actions = ("replay",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).filter(Q(endpoint__isnull=False) | Q(is_dead=True))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_delivery"))

    @admin.action(description=_("Send the selected dead letters again"), permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        count = 0
        dead = queryset.filter(is_dead=True).order_by()
        with transaction.atomic():
            for endpoint, kind in sorted(set(dead.values_list("endpoint", "target_kind")), key=str):
                chosen = queryset.filter(endpoint=endpoint, target_kind=kind).values_list("pk", flat=True)
                if again := replay(Delivery.objects.filter(pk__in=list(chosen))):
                    count += again
                    target = f"{kind}:" if endpoint is None else f"endpoint:{endpoint}"
                    _tell(request, "delivery.replay", target, deliveries=again)
        self.message_user(request, gettext("Sent again: %(count)d.") % {"count": count})


class NewHookForm(forms.ModelForm[Hook]):
    class Meta:
        model = Hook
        fields = ("group", "name")
        widgets = {"group": forms.NumberInput}

    def clean_group(self) -> Group:
        group: Group = self.cleaned_data["group"]
        try:
            bots.check_room(group.pk)
        except (GroupError, bots.TooManyHooks) as error:
            raise ValidationError(str(error) or gettext("The group has too many bots.")) from error
        return group


@admin.register(Hook)
class HookAdmin(ModelAdmin[Hook]):
    """Bots: made and shown once, looked at, revoked."""

    list_display = ("name", "group", "bot", "made_by", "made_at", "revoked_at")
    list_select_related = ("group", "bot", "made_by")
    search_fields = ("name", "bot__userid")
    actions = ("revoke",)
    form = NewHookForm

    def get_fields(self, request: HttpRequest, obj: Hook | None = None) -> Any:
        return self.list_display if obj else ("group", "name")

    def has_change_permission(self, request: HttpRequest, obj: Hook | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Hook | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_hook"))

    def save_model(self, request: HttpRequest, obj: Hook, form: Any, change: bool) -> None:
        made = bots.make(obj.group_id, obj.name, record=self._record(request))
        obj.pk, obj.bot_id, obj.token = made.pk, made.bot_id, made.token

    def response_add(
        self, request: HttpRequest, obj: Hook, post_url_continue: str | None = None
    ) -> HttpResponse:
        # The answer to this very request, as for API keys.
        shown = {
            **self.admin_site.each_context(request),
            "title": gettext("A new bot"),
            "hook": obj,
            "url": f"{base_url(request)}{HOOKS}",
        }
        return TemplateResponse(request, "admin/notifications/hook/made.html", shown)

    @admin.action(description=_("Revoke the selected bots, for ever"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Hook]) -> None:
        for hook in queryset.filter(revoked_at=None):
            try:
                bots.revoke(hook.group_id, hook.pk, record=self._record(request))
            except GroupError as error:
                self.message_user(request, f"{hook}: {error}", messages.ERROR)
            else:
                self.log_change(request, hook, "Revoked.")

    def _record(self, request: HttpRequest) -> bots.Record:
        return lambda action, hook: _tell(request, action, f"g:{hook.group_id}", **hook.details)


def _said(endpoint: Endpoint) -> dict[str, Any]:
    """What is sent where: without the secret, and without what may be one in the URL."""
    parts = urlsplit(endpoint.url)
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    named = {name: getattr(endpoint, name) for name in ("name", "events", "groups", "with_text")}
    return {**named, "url": url, "active": endpoint.is_active}


def _tell(request: HttpRequest, action: str, target: str, **details: Any) -> None:
    by, address = str(request.user.pk), client_address(request)
    setting_changed.send(sender=None, action=action, target=target, by=by, address=address, details=details)
