"""Users in the admin."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from axes.models import AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext, gettext_lazy

from accounts import admin_invitations, admin_keys, people, recovery  # noqa: F401  some register
from accounts.models import User
from accounts.signals import announce_setting_change

# Access to the admin, and permissions there.
_PRIVILEGES = ("is_staff", "is_superuser", "groups")
# Fields that the audit log calls by another name.
_IN_AUDIT_LOG = {"groups": "roles"}
_STANDING = ("is_active", "muted")

# They stay empty: accounts/limits/lockout.py keeps only the attempts that count.
admin.site.unregister([AccessFailureLog, AccessLog])
# Secrets of second factors must not be readable. The other models are not used.
admin.site.unregister([Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """Asks for a userid where Django's own form asks for a user name."""

    class Meta:
        model = User
        fields = ("userid", "nickname")
        field_classes: dict[str, type] = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Users cannot be deleted, because the log refers to them. The account status is shown here and changed
    at the desk, which asks for a reason.

    Only superusers grant privileges and change privileged accounts. Otherwise the permission to change
    accounts would be enough to set the password of a superuser.
    """

    add_form = UserCreationForm
    list_display = ("userid", "nickname", "is_active", "muted", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "muted", "is_staff")
    search_fields = ("userid", "nickname")
    ordering = ("userid",)
    # Django has no Chinese for its boxes of two columns.
    filter_horizontal = ()
    readonly_fields = (*_STANDING, "delivered_id", "date_joined", "last_login", "email", "all_custom_fields")
    fieldsets = (
        (None, {"fields": ("userid", "nickname", "avatar", "password")}),
        (gettext_lazy("Standing"), {"fields": _STANDING}),
        (gettext_lazy("Permissions in the admin"), {"fields": _PRIVILEGES}),
        (
            gettext_lazy("State"),
            {"fields": ("delivered_id", "date_joined", "last_login", "email", "all_custom_fields")},
        ),
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

    # By the name of the relation, Django would show the row itself.
    @admin.display(description=gettext_lazy("custom fields"))
    def all_custom_fields(self, user: User) -> str:
        fields = people.fields_of(user.pk)
        return ", ".join(f"{name}: {value}" for name, value in fields.items())

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if not obj:
            return self.readonly_fields
        privileges = () if _is_superuser(request) else _PRIVILEGES
        return (*self.readonly_fields, "userid", *privileges)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "groups":
            options["widget"] = CheckboxSelectMultiple()
        field = super().formfield_for_manytomany(db_field, request, **options)
        if db_field.name == "groups" and field:
            # A group is what people chat in.
            field.label = gettext("Roles")
            field.help_text = gettext(
                "This person's staff permissions: everything that any of the roles allows."
            )
        return field

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changed = [name for name in _PRIVILEGES if name in form.changed_data]
        if changed:
            now, before = (
                _privilege_details(form.cleaned_data, changed),
                _privilege_details(form.initial, changed),
            )
            announce_setting_change(
                request, "person.privileges", f"u:{form.instance.pk}", **now, before=before
            )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        response: HttpResponse = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            recovery.mail_password_changed(unquote(id), get_language())
        return response

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (not obj or _may_change_account(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _privilege_details(values: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Return privileges in the form of the audit log: booleans, and sorted lists of names."""
    return {
        _IN_AUDIT_LOG.get(name, name): values[name]
        if isinstance(values[name], bool)
        else sorted(getattr(item, "codename", str(item)) for item in values[name])
        for name in names
    }


def _may_change_account(request: HttpRequest, user: User) -> bool:
    return _is_superuser(request) or not (user.is_staff or user.is_superuser)
