"""Pages of the stock admin: roles, which are Django's groups, and reason templates, which only moderators
with SEE_REPORTERS may edit."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from moderation import audit
from moderation.desk.site import moderator_from
from moderation.models import AuditEntry, ReasonTemplate, Role
from moderation.moderators import SEE_REPORTERS

# Of a text in the list.
MAX_LISTED_CHARACTERS = 100


@admin.register(ReasonTemplate)
class ReasonTemplateAdmin(ModelAdmin[ReasonTemplate]):
    """Each change is recorded in the audit log, because these texts are sent to people."""

    list_display = ("title", "beginning", "place")

    @admin.display(description=gettext_lazy("text"))
    def beginning(self, template: ReasonTemplate) -> str:
        return Truncator(template.text).chars(MAX_LISTED_CHARACTERS)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return SEE_REPORTERS in moderator_from(request).may

    has_module_permission = has_add_permission = has_view_permission
    has_change_permission = has_delete_permission = has_view_permission

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
    audit.record(moderator_from(request), action, target, title=template.title, text=template.text)


admin.site.unregister(Group)


class _PermissionsField(ModelMultipleChoiceField):  # type: ignore[type-arg]
    widget = CheckboxSelectMultiple

    def label_from_instance(self, permission: Model) -> str:
        assert isinstance(permission, Permission)
        model = permission.content_type.model_class()
        action = _ACTIONS.get(permission.codename.partition("_")[0])
        if model is None or model is AuditEntry or action is None:
            return gettext(permission.name)
        # Django's groups are the roles here.
        named = (Role if model is Group else model)._meta.verbose_name_plural
        return f"{capfirst(str(named))}: {action}"


_ACTIONS = {
    "view": gettext_lazy("view"),
    "add": gettext_lazy("add"),
    "change": gettext_lazy("change"),
    "delete": gettext_lazy("delete"),
}


@admin.register(Role)
class RoleAdmin(GroupAdmin):
    """Shows the permissions of the admin's models as checkboxes. Django's permission to view groups allows
    reading roles. Only superusers change roles: others could give themselves any permission."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **options: Any) -> Any:
        models = ContentType.objects.get_for_models(*self.admin_site._registry, AuditEntry).values()
        permissions = Permission.objects.filter(content_type__in=models).select_related("content_type")
        return _PermissionsField(permissions, label=gettext_lazy("Permissions"), required=False)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("auth.view_group"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(request.user, User) and request.user.is_superuser

    has_module_permission = has_view_permission
    has_change_permission = has_delete_permission = has_add_permission
