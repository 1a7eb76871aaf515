"""Groups in the admin. Members change through the services, so that live connections learn of it."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest

from accounts.models import User
from groups import services
from groups.errors import GroupError
from groups.models import Group, Membership

T = TypeVar("T")


class GroupForm(ModelForm[Group]):
    """Applies the rules of the client calls to names and notices."""

    class Meta:
        model = Group
        fields = ("name", "notice", "creator")
        widgets = {"name": AdminTextInputWidget}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return _checked(services.check_name, name)

    def clean_creator(self) -> User:
        creator: User = self.cleaned_data["creator"]
        _checked(services.check_groups, [creator.pk])
        return creator

    def clean_notice(self) -> str:
        notice: str = self.cleaned_data["notice"]
        return _checked(services.check_notice, notice)


def _checked(check: Callable[[T], None], value: T) -> T:
    try:
        check(value)
    except GroupError as error:
        raise ValidationError(str(error)) from error
    return value


class MembershipFormSet(BaseInlineFormSet[Membership, Group, ModelForm[Membership]]):
    """Removes and adds members through the services: all removals at one log position, then all additions at
    a later one."""

    def clean(self) -> None:
        super().clean()
        members = {self.instance.creator_id} if self.instance.pk is None else set(self._members())
        for userid in self._joined:
            if userid in members:
                raise ValidationError(f"{userid} is in the group already.")
            members.add(userid)
        _checked(services.check_size, len(members.difference(self._left)))
        _checked(services.check_groups, self._joined)

    def save(self, commit: bool = True) -> list[Membership]:
        services.remove_members(self.instance.pk, self._left)
        services.add_members(self.instance.pk, self._joined)
        # The admin's history of the group records these.
        self.new_objects = list(self._current().filter(user__in=self._joined))
        self.changed_objects = []
        self.deleted_objects = [form.instance for form in self.deleted_forms if form.instance.pk]
        return self.new_objects

    @property
    def _joined(self) -> list[str]:
        forms = [form for form in self.extra_forms if form not in self.deleted_forms]
        return [form.cleaned_data["user"].pk for form in forms if form.cleaned_data.get("user")]

    @property
    def _left(self) -> list[str]:
        return [form.instance.user_id for form in self.deleted_forms if form.instance.pk]

    def _current(self) -> QuerySet[Membership]:
        return Membership.objects.current().filter(group=self.instance)

    def _members(self) -> QuerySet[Membership, str]:
        return self._current().values_list("user_id", flat=True)


class MembershipInline(admin.TabularInline[Membership, Group]):
    model = Membership
    formset = MembershipFormSet
    fields = ("user", "role")
    readonly_fields = ("role",)
    autocomplete_fields = ("user",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).filter(until_id=None).select_related("user").order_by("pk")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin[Group]):
    """A group is dissolved instead of deleted, because the log refers to it."""

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

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return (obj is None or obj.dissolved_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return False

    @admin.action(description="Dissolve the selected groups", permissions=["change"])
    def dissolve(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for group in queryset.filter(dissolved_at=None):
            services.dissolve(group.pk)
        self.message_user(request, "The selected groups are dissolved.", messages.SUCCESS)
