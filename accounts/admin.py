"""Users and invitations in the admin."""

from typing import Any

from axes.models import AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts import (
    admin_keys,  # noqa: F401  it registers API keys
    invitations,
)
from accounts.addresses import base_url
from accounts.models import Invitation, User
from accounts.selectors import absolute_url
from accounts.services import set_standing

# They stay empty: accounts/lockout.py keeps only the attempts that count.
admin.site.unregister([AccessFailureLog, AccessLog])


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """Asks for a userid where Django's own form asks for a user name."""

    class Meta:
        model = User
        fields = ("userid", "nickname")
        field_classes: dict[str, type] = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Users cannot be deleted, because the log refers to them. To keep a user out, lock the account."""

    add_form = UserCreationForm
    list_display = ("userid", "nickname", "is_active", "muted", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "muted", "is_staff")
    search_fields = ("userid", "nickname")
    ordering = ("userid",)
    actions = ("mute", "unmute", "lock", "unlock")
    readonly_fields = ("delivered_id", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("userid", "nickname", "avatar", "password")}),
        ("Standing", {"fields": ("is_active", "muted")}),
        ("Admin", {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        ("State", {"fields": ("delivered_id", "date_joined", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("userid", "nickname", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "userid") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    @admin.action(permissions=["change"], description="Mute selected users")
    def mute(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Muted.", muted=True)

    @admin.action(permissions=["change"], description="Unmute selected users")
    def unmute(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Unmuted.", muted=False)

    @admin.action(permissions=["change"], description="Lock selected users")
    def lock(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Locked.", locked=True)

    @admin.action(permissions=["change"], description="Unlock selected users")
    def unlock(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Unlocked.", locked=False)

    def _set_standing(self, request: HttpRequest, people: QuerySet[User], what: str, **changes: bool) -> None:
        for user in people:
            with transaction.atomic():
                self.log_change(request, user, what)
                set_standing(user.pk, **changes)
        self.message_user(request, f"{what[:-1]}: {len(people)}.")


class InvitationForm(forms.ModelForm[Invitation]):
    """Refuses a userid that somebody has already."""

    class Meta:
        model = Invitation
        fields = ("userid", "expires_at")

    def clean_userid(self) -> str:
        userid: str = self.cleaned_data["userid"]
        if userid and User.objects.filter(userid__iexact=userid).exists():
            raise ValidationError("Somebody has this userid, or one that looks like it.")
        return userid


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    """The address that an invitation is, is shown once, when it was made."""

    form = InvitationForm
    list_display = ("pk", "state", "userid", "made_by", "made_at", "expires_at", "used_by", "used_at")
    list_filter = ("made_at", "expires_at")
    search_fields = ("userid", "used_by__userid", "made_by__userid")
    list_select_related = ("made_by", "used_by")
    actions = ("take_back",)

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        return (*self.list_display[1:], "revoked_at") if obj else self.form.Meta.fields

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        obj.made_by = request.user if isinstance(request.user, User) else None
        code = invitations.give_code(obj)
        super().save_model(request, obj, form, change)
        url = absolute_url(reverse("invitation", args=[code]), base_url(request))
        messages.warning(request, f"Send this address to whom you invite. It is not shown again: {url}")

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        # Of the list: whoever has it may take invitations back.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.display(description="state")
    def state(self, obj: Invitation) -> str:
        return invitations.state_of(obj)

    @admin.action(description="Take back the selected invitations", permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        count = invitations.revoke(queryset)
        messages.success(request, f"Invitations taken back: {count}. Those already used stay as they are.")
