"""Users in the admin."""

from axes.models import AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import admin_invitations, admin_keys  # noqa: F401  they register what they are about
from accounts.models import User
from accounts.services import set_standing

# Who may enter the admin, and what they may do there.
_PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")
_STANDING = ("is_active", "muted")

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
    """Users cannot be deleted, because the log refers to them. To keep a user out, lock the account.

    Only superusers give privileges, and change accounts that have some: else whoever may change accounts
    could set the password of a superuser.
    """

    add_form = UserCreationForm
    list_display = ("userid", "nickname", "is_active", "muted", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "muted", "is_staff")
    search_fields = ("userid", "nickname")
    ordering = ("userid",)
    actions = ("mute", "unmute", "lock", "unlock")
    readonly_fields = ("delivered_id", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("userid", "nickname", "avatar", "password")}),
        ("Standing", {"fields": _STANDING}),
        ("Admin", {"fields": _PRIVILEGES}),
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
        if not obj:
            return self.readonly_fields
        privileges = () if _is_superuser(request) else _PRIVILEGES
        standing = () if self.has_set_standing_permission(request) else _STANDING
        return (*self.readonly_fields, "userid", *privileges, *standing)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (not obj or _may_touch(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_set_standing_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.set_standing"))

    @admin.action(permissions=["set_standing"], description="Mute selected users")
    def mute(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Muted.", muted=True)

    @admin.action(permissions=["set_standing"], description="Unmute selected users")
    def unmute(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Unmuted.", muted=False)

    @admin.action(permissions=["set_standing"], description="Lock selected users")
    def lock(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Locked.", locked=True)

    @admin.action(permissions=["set_standing"], description="Unlock selected users")
    def unlock(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set_standing(request, people, "Unlocked.", locked=False)

    def _set_standing(self, request: HttpRequest, people: QuerySet[User], what: str, **changes: bool) -> None:
        allowed = [user for user in people if _may_touch(request, user)]
        for user in allowed:
            with transaction.atomic():
                self.log_change(request, user, what)
                set_standing(user.pk, **changes)
        self.message_user(request, f"{what[:-1]}: {len(allowed)}.")
        if kept := len(people) - len(allowed):
            self.message_user(request, f"Only a superuser may do that to staff: {kept}.", messages.WARNING)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _may_touch(request: HttpRequest, user: User) -> bool:
    return _is_superuser(request) or not (user.is_staff or user.is_superuser)
