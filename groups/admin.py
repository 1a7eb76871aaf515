"""Groups in the admin. Members come and go through the services, so that live connections learn of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest

from groups import services
from groups.errors import GroupError
from groups.models import Group, Membership


class GroupForm(ModelForm[Group]):
    """Holds names and notices to the same rules as the calls of clients."""

    class Meta:
        model = Group
        fields = ("name", "notice", "creator")

    def clean_name(self) -> str:
        return _checked(services.check_name, self.cleaned_data["name"])

    def clean_notice(self) -> str:
        return _checked(services.check_notice, self.cleaned_data["notice"])


def _checked(check: Any, value: str) -> str:
    try:
        check(value)
    except GroupError as error:
        raise ValidationError(str(error)) from error
    return value


class MembershipFormSet(BaseInlineFormSet[Membership, Group, ModelForm[Membership]]):
    """Adds and removes through the services, all at once: one change, one place in the log."""

    def save(self, commit: bool = True) -> list[Membership]:
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        joined = [form.cleaned_data["user"].pk for form in self.extra_forms if form.has_changed()]
        left = [form.instance.user_id for form in self.deleted_forms if form.instance.pk]
        if joined:
            services.add_members(self.instance.pk, joined)
        if left:
            services.remove_members(self.instance.pk, left)
        return []


class MembershipInline(admin.TabularInline[Membership, Group]):
    model = Membership
    formset = MembershipFormSet
    fields = ("user", "role")
    readonly_fields = ("role",)
    autocomplete_fields = ("user",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.objects.current().select_related("user").order_by("pk")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin[Group]):
    """A group is dissolved, not deleted, for the log refers to it."""

    form = GroupForm
    inlines = (MembershipInline,)
    list_display = ("id", "name", "creator", "created_at", "dissolved_at")
    list_filter = ("dissolved_at",)
    search_fields = ("=id", "name", "creator__userid")
    readonly_fields = ("created_at", "dissolved_at")
    autocomplete_fields = ("creator",)
    actions = ("dissolve",)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "creator") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        if change:
            services.edit_group(obj.pk, name=obj.name, notice=obj.notice)
        else:
            made = services.create_group(obj.creator_id, [], obj.name)
            services.edit_group(made.pk, notice=obj.notice)
            obj.pk = made.pk

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return False

    @admin.action(description="Dissolve the selected groups", permissions=["change"])
    def dissolve(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for group in queryset.filter(dissolved_at=None):
            services.dissolve(group.pk)
        self.message_user(request, "The selected groups are dissolved.", messages.SUCCESS)
