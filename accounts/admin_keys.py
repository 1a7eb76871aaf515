"""API keys in the admin. Superusers create them, and each key is shown once. Other staff may view and revoke
keys. Nobody edits or deletes them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy

from accounts.addresses import client_address
from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import ApiKey


class NewKeyForm(forms.ModelForm[ApiKey]):
    """Asks for the key's name and its scopes."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(scope.value, scope.value) for scope in Scope],
        initial=[scope.value for scope in api_keys.DEFAULT_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What the key may be used for."),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes")

    def clean_scopes(self) -> str:
        """Return the scopes as the space-separated text that is stored."""
        return " ".join(self.cleaned_data["scopes"])


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin[ApiKey]):
    list_display = ("name", "public_id", "scopes", "made_at", "seen_at", "revoked_at")
    search_fields = ("name", "public_id")
    actions = ("revoke",)
    form = NewKeyForm

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.list_display if obj else ("name", "scopes")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only, whatever Django's permissions say: a key reads and writes as others."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Django's permission to change keys is permission to revoke them; nothing else can be changed."""
        return bool(request.user.has_perm("accounts.change_apikey"))

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        api_keys.store(obj, obj.allowed, by=str(request.user.pk), address=client_address(request))

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        # Rendered here instead of redirecting, because a redirect would need the key to be stored.
        context = {**self.admin_site.each_context(request), "title": gettext("A new API key"), "key": obj}
        return TemplateResponse(request, "admin/accounts/apikey/made.html", context)

    @admin.action(description=gettext_lazy("Revoke the selected keys, for ever"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            api_keys.revoke(key, by=str(request.user.pk), address=client_address(request))
            self.log_change(request, key, "Revoked.")
        self.message_user(request, gettext("These keys are refused from now on."))
