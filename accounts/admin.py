"""Users in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.http import HttpRequest

from accounts import admin_keys  # noqa: F401  it registers API keys
from accounts.models import User


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """Asks for a userid where Django's own form asks for a user name."""

    class Meta:
        model = User
        fields = ("userid", "nickname")
        field_classes: dict[str, type] = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Users cannot be deleted, because the log refers to them. To lock a user out, clear `active`."""

    add_form = UserCreationForm
    list_display = ("userid", "nickname", "is_active", "muted", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "muted", "is_staff")
    search_fields = ("userid", "nickname")
    ordering = ("userid",)
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
