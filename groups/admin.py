"""Groups in the admin. Members change through the services, so that live connections learn of it."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm, TextInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from accounts.access import Role
from accounts.models import User
from accounts.wording import in_words
from groups import editing, memberships, services
from groups.errors import GroupError, LastOwner
from log.models import Group, Membership

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
        _checked(memberships.check_group_limits, [creator.pk])
        return creator

    def clean_notice(self) -> str:
        notice: str = self.cleaned_data["notice"]
        return _checked(editing.check_notice, notice)


def _checked(check: Callable[[T], None], value: T) -> T:
    try:
        check(value)
    except GroupError as error:
        raise ValidationError(in_words(error)) from error
    return value


class MembershipForm(ModelForm[Membership]):
    """A row of the members. Of a current member, only the role can be changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            return
        self.fields["user"].disabled = True
        self.fields["user"].widget = TextInput()  # one that looks nobody up
        # A row that is sent back as it came is not checked, which would take two queries for each.
        self.empty_permitted = self.add_prefix("DELETE") not in self.data


class MembershipFormSet(BaseInlineFormSet[Membership, Group, ModelForm[Membership]]):
    """Changes members through the services: all removals at one log position, then all additions at a later
    one."""

    def clean(self) -> None:
        super().clean()
        members = {self.instance.creator_id} if self.instance.pk is None else set(self._members())
        for userid in self._joined:
            if userid in members:
                text = gettext("%(userid)s is in the group already.")
                raise ValidationError(text % {"userid": userid})
            members.add(userid)
        _checked(services.check_size, len(members.difference(self._left)))
        _checked(memberships.check_group_limits, self._joined)
        if not any(self.errors):
            self._check_owners()

    def save(self, commit: bool = True) -> list[Membership]:
        # Before the last owner goes, so that ownership does not pass to somebody else.
        self._set_roles((userid, role) for userid, role in self._changed if role == Role.OWNER)
        services.remove_members(self.instance.pk, self._left)
        services.add_members(self.instance.pk, self._joined)
        self._set_roles(self._granted + self._changed)
        # The admin's history of the group records these.
        self.new_objects = list(self._current().filter(user__in=self._joined))
        self.changed_objects = [(form.instance, ["role"]) for form in self._changed_forms]
        self.deleted_objects = [form.instance for form in self.deleted_forms if form.instance.pk]
        return self.new_objects

    def _check_owners(self) -> None:
        """Raises ValidationError if the requested roles leave the group without an owner."""
        chosen = dict(self._granted + self._changed)
        present = {self.instance.creator_id: Role.OWNER} if self.instance.pk is None else self._roles()
        for userid in self._left:
            present.pop(userid, None)
        if chosen and Role.OWNER not in (present | chosen).values():
            raise ValidationError(str(LastOwner()))

    def _set_roles(self, roles: Iterable[tuple[str, Role]]) -> None:
        # Owners first: the last one cannot become anything else.
        for userid, role in sorted(roles, key=lambda item: item[1] != Role.OWNER):
            services.set_role(self.instance.pk, userid, role)

    @property
    def _joining_forms(self) -> list[ModelForm[Membership]]:
        return [form for form in self._not_deleted(self.extra_forms) if form.cleaned_data.get("user")]

    @property
    def _joined(self) -> list[str]:
        return [form.cleaned_data["user"].pk for form in self._joining_forms]

    @property
    def _granted(self) -> list[tuple[str, Role]]:
        """The roles of those who join, as far as they are no mere members."""
        roles = [
            (form.cleaned_data["user"].pk, Role(form.cleaned_data["role"])) for form in self._joining_forms
        ]
        return [(userid, role) for userid, role in roles if role != Role.MEMBER]

    @property
    def _changed_forms(self) -> list[ModelForm[Membership]]:
        return [form for form in self._not_deleted(self.initial_forms) if form.has_changed()]

    @property
    def _changed(self) -> list[tuple[str, Role]]:
        """The new roles of those who are in the group."""
        return [(form.instance.user_id, Role(form.cleaned_data["role"])) for form in self._changed_forms]

    @property
    def _left(self) -> list[str]:
        return [form.instance.user_id for form in self.deleted_forms if form.instance.pk]

    def _not_deleted(self, forms: list[ModelForm[Membership]]) -> list[ModelForm[Membership]]:
        deleted = self.deleted_forms
        return [form for form in forms if form not in deleted]

    def _current(self) -> QuerySet[Membership]:
        return Membership.objects.current().filter(group=self.instance)

    def _members(self) -> QuerySet[Membership, str]:
        return self._current().values_list("user_id", flat=True)

    def _roles(self) -> dict[str, Role]:
        return {userid: Role(role) for userid, role in self._current().values_list("user_id", "role")}


class MembershipInline(admin.TabularInline[Membership, Group]):
    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).filter(until_id=None).select_related("user").order_by("pk")


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin[Group]):
    """A group is dissolved at the desk instead of deleted, because the log refers to it."""

    form = GroupForm
    inlines = (MembershipInline,)
    list_display = ("id", "name", "creator", "created_at", "dissolved_at")
    list_filter = ("dissolved_at",)
    search_fields = ("=id", "name", "creator__userid")
    readonly_fields = ("created_at", "dissolved_at")
    autocomplete_fields = ("creator",)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "creator") if obj else self.readonly_fields

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except GroupError as error:
            # Others have changed the group since the form was checked. Nothing was saved.
            self.message_user(request, in_words(error), messages.ERROR)
            return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        if change:
            editing.edit_group(obj.pk, name=obj.name, notice=obj.notice)
        else:
            made = services.create_group(obj.creator_id, [], obj.name)
            editing.edit_group(made.pk, notice=obj.notice)
            obj.pk = made.pk

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return (obj is None or obj.dissolved_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return False
