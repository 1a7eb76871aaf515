"""Endpoints and bots in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.addresses import base_url
from accounts.api.paths import HOOKS
from accounts.signals import announce_setting_change
from accounts.wording import in_words
from groups.errors import GroupError
from log.models import Group
from notifications import admin_deliveries, admin_devices, bots  # noqa: F401  the first two register pages
from notifications.admin_deliveries import MAX_LISTED
from notifications.audit import audit_details
from notifications.events import EVENTS, NOTICE
from notifications.models import Delivery, Endpoint, Hook
from notifications.models.endpoints import DEAD_LETTERS, STANDARD, normalized_conversations
from notifications.providers import all_providers, provider_named
from notifications.providers.webhook import EndpointProvider
from notifications.sending import replaying


class EndpointForm(forms.ModelForm[Endpoint]):
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(event, event) for event in EVENTS],
        initial=[NOTICE],
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "notice.due: somebody has not got a message in time. "
            "report.created: somebody, or a rule, has reported something to the moderators. "
            "moderation.action: a line of the audit log about people, groups, messages, rules or reports. "
            "card.pressed: somebody has pressed a button of a card."
        ),
    )

    kind = forms.ChoiceField(label=_("Kind"), initial=STANDARD)

    class Meta:
        model = Endpoint
        fields = ("name", "kind", "url", "secret", "events", "groups", "with_text", "is_active")
        widgets = {"url": forms.TextInput(attrs={"size": 80}), "groups": forms.TextInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [
            (provider.name, provider.title)
            for provider in all_providers()
            if isinstance(provider, EndpointProvider)
        ]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["events"] = self.instance.events.split()
            self.initial["groups"] = " ".join(self.instance.conversations)

    def clean_events(self) -> str:
        """Return the events as the model stores them: separated by spaces."""
        return " ".join(self.cleaned_data["events"])

    def clean_groups(self) -> str:
        return normalized_conversations(self.cleaned_data["groups"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        provider = provider_named(cleaned.get("kind", ""))
        if isinstance(provider, EndpointProvider):
            provider.check_events(cleaned.get("events", NOTICE).split())
        return cleaned


# More than any id of the log.
MAX_ID = 2**63 - 1


@admin.register(Endpoint)
class EndpointAdmin(ModelAdmin[Endpoint]):
    form = EndpointForm
    list_display = ("name", "kind_title", "url", "events", "is_active", "waiting", "dead", "deliveries")
    change_form_template = "admin/notifications/endpoint/change.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.replay_view)
        own = path("<path:object_id>/replay/", view, name="notifications_endpoint_replay")
        return [own, *super().get_urls()]

    def replay_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form for a replay of the log, and start or stop a replay."""
        endpoint = self.get_object(request, object_id)
        if not self.has_change_permission(request, endpoint):
            raise PermissionDenied
        if endpoint is None:
            raise Http404
        form = ReplayForm(request.POST or None)
        if request.method == "POST" and ("stop" in request.POST or form.is_valid()):
            self._replay(request, endpoint, form)
            return HttpResponseRedirect(request.path)
        context = {**self.admin_site.each_context(request), "form": form, "endpoint": endpoint}
        context |= {"title": gettext("Send again from a position"), "waiting": self.waiting(endpoint)}
        return TemplateResponse(request, "admin/notifications/endpoint/replay.html", context)

    def _replay(self, request: HttpRequest, endpoint: Endpoint, form: "ReplayForm") -> None:
        with transaction.atomic():
            if "stop" in request.POST:
                replaying.stop_replay(endpoint.pk)
                announce_setting_change(request, "endpoint.replay", f"endpoint:{endpoint.pk}", stopped=True)
                return
            replaying.begin_replay(endpoint.pk, **form.cleaned_data)
            announce_setting_change(
                request, "endpoint.replay", f"endpoint:{endpoint.pk}", **form.cleaned_data
            )

    @admin.display(description=_("deliveries"))
    def deliveries(self, endpoint: Endpoint) -> str:
        url = reverse("admin:notifications_delivery_changelist")
        return format_html('<a href="{}?endpoint__id__exact={}">{}</a>', url, endpoint.pk, _("show"))

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        before = audit_details(Endpoint.objects.get(pk=obj.pk)) if change else None
        # Only the changed fields: a running replay updates its position at the same time.
        obj.save(update_fields=form.changed_data if change else None)
        details = audit_details(obj) if before is None else {**audit_details(obj), "before": before}
        if change and "secret" in form.changed_data:
            details["secret"] = "changed"
        announce_setting_change(
            request, "endpoint.change" if change else "endpoint.make", f"endpoint:{obj.pk}", **details
        )

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        with transaction.atomic():
            announce_setting_change(request, "endpoint.remove", f"endpoint:{obj.pk}", **audit_details(obj))
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
        return Delivery.objects.filter(endpoint=endpoint, is_dead=False)[:MAX_LISTED].count()

    @admin.display(description=_("dead letters"))
    def dead(self, endpoint: Endpoint) -> int:
        return Delivery.objects.filter(DEAD_LETTERS, endpoint=endpoint)[:MAX_LISTED].count()


class ReplayForm(forms.Form):
    after = forms.IntegerField(
        label=_("After the position"),
        min_value=0,
        max_value=MAX_ID,
        help_text=_("The id of the last event that the receiver has. 0: from the beginning of the log."),
    )
    upto = forms.IntegerField(
        label=_("Up to"),
        min_value=1,
        max_value=MAX_ID,
        required=False,
        help_text=_("Empty: everything up to now."),
    )


class NewBotForm(forms.ModelForm[Hook]):
    class Meta:
        model = Hook
        fields = ("group", "name")
        widgets = {"group": forms.NumberInput}

    def clean_group(self) -> Group:
        group: Group = self.cleaned_data["group"]
        try:
            bots.check_capacity(group.pk)
        except GroupError as error:
            raise ValidationError(in_words(error)) from error
        return group


@admin.register(Hook)
class BotAdmin(ModelAdmin[Hook]):
    """Creates bots, shows their secret once, and revokes them."""

    list_display = ("name", "group", "bot", "made_by", "made_at", "revoked_at")
    list_select_related = ("group", "bot", "made_by")
    search_fields = ("name", "bot__userid")
    actions = ("revoke",)
    form = NewBotForm

    def get_fields(self, request: HttpRequest, obj: Hook | None = None) -> Any:
        return self.list_display if obj else ("group", "name")

    def has_change_permission(self, request: HttpRequest, obj: Hook | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Hook | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_hook"))

    def save_model(self, request: HttpRequest, obj: Hook, form: Any, change: bool) -> None:
        made = bots.make_bot(obj.group_id, obj.name, record=self._record(request))
        obj.pk, obj.bot_id = made.pk, made.bot_id
        obj.token, obj.address_token = made.token, made.address_token

    def response_add(
        self, request: HttpRequest, obj: Hook, post_url_continue: str | None = None
    ) -> HttpResponse:
        # Shown in the response to this request only, as for API keys.
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("A new bot"),
            "hook": obj,
            "url": f"{base_url(request)}{HOOKS}",
        }
        return TemplateResponse(request, "admin/notifications/hook/made.html", context)

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
        return lambda action, hook: announce_setting_change(
            request, action, f"g:{hook.group_id}", **hook.details
        )
