"""The calls about groups and their members."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.access import PermittedRole, Role
from accounts.api.base import ApiView
from accounts.api.compressing import compressed
from accounts.api.conditional import ConditionalView
from accounts.api.errors import not_found
from accounts.api.fields import LARGEST_ID, CustomObject, Flag, TextField, Userids, WholeNumber
from accounts.api.paging import MAX_ITEMS, CursorField, PageQuery, first, page, page_of
from accounts.api.shapes import Profile, list_of, listed, profile
from accounts.authentication.authentication import require_no_staff
from accounts.authentication.proofs import Scope
from accounts.codes import Cause
from accounts.limits import limits
from accounts.models import AVATAR_LENGTH, NICKNAME_LENGTH
from accounts.wording import in_words
from groups import editing, own, selectors, services
from groups.errors import InvalidValue
from groups.groupids import is_group_id
from groups.pictures.refreshing import refresh_picture_if_stale
from groups.selectors import CurrentMember
from log.group_choices import CHOICES, Choice
from log.models import Group


def _checked(check: Callable[[str], None], value: str) -> str:
    try:
        check(value)
    except InvalidValue as failed:
        raise serializers.ValidationError(in_words(failed)) from None
    return value


def _choice_fields(**options: Any) -> dict[str, Any]:
    return {choice.name: _field(choice, **options) for choice in CHOICES.values()}


def _field(choice: Choice, **options: Any) -> serializers.Field[Any, Any, Any, Any]:
    if choice.on is True:
        return Flag(help_text=choice.meaning, **options)
    return serializers.ChoiceField(choice.values, help_text=choice.meaning, **options)


class NewGroup(serializers.Serializer[Any]):
    name = TextField()
    members = Userids(required=False, help_text="Besides the person who calls, who owns the group.")

    def validate_name(self, value: str) -> str:
        return _checked(services.check_name, value)


class GroupChanges(serializers.Serializer[Any]):
    name = TextField(required=False)
    notice = TextField(required=False, allow_blank=True)
    picture = TextField(
        required=False,
        allow_blank=True,
        max_length=AVATAR_LENGTH,
        help_text="The URL of a picture that was uploaded here; empty: the members' pictures. "
        "As owners and admins may.",
    )
    nickname = TextField(
        required=False,
        allow_blank=True,
        max_length=NICKNAME_LENGTH,
        help_text="What one wants to be called in this group; empty: as elsewhere.",
    )
    custom = CustomObject(required=False, help_text="What programs attach. As owners and admins may.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **_choice_fields(required=False)}

    def validate_name(self, value: str) -> str:
        return _checked(services.check_name, value)

    def validate_notice(self, value: str) -> str:
        return _checked(editing.check_notice, value)

    def validate_nickname(self, value: str) -> str:
        return _checked(own.check_nickname, value)


class ListQuery(PageQuery):
    after = CursorField(int)


class Confirmed(serializers.Serializer[Any]):
    notice_id = WholeNumber(
        max_value=LARGEST_ID, help_text="Of the notice that one has read, as the group has it."
    )


class NewMembers(serializers.Serializer[Any]):
    userids = Userids(allow_empty=False)


class NewRole(serializers.Serializer[Any]):
    role = serializers.ChoiceField([role.value for role in Role])


class GroupShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    notice = serializers.CharField()
    picture = serializers.URLField()
    creator = serializers.CharField()
    muted = serializers.BooleanField(help_text="Only owners and admins may write.")
    slow = serializers.IntegerField(
        help_text="The others may write once in so many seconds. 0: as often as elsewhere."
    )
    own_picture = serializers.BooleanField(help_text="The picture was set, and is not made of the members'.")
    notice_id = serializers.IntegerField(help_text="Which notice it is that is to be confirmed; 0: none.")
    confirmed = serializers.BooleanField(help_text="One has confirmed it.")
    nickname = serializers.CharField(help_text="What one is called in this group; empty: as elsewhere.")
    custom = serializers.DictField(help_text="What programs have attached.")

    class Meta:
        ref_name = "Group"

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **_choice_fields()}


class MemberShape(Profile):
    role = serializers.ChoiceField([role.value for role in Role])
    group_nickname = serializers.CharField(
        help_text="What they are called in the group; empty: as elsewhere."
    )

    class Meta:
        ref_name = "Member"


class ConfirmationShape(Profile):
    time = serializers.IntegerField(
        allow_null=True, help_text="When they confirmed it: whole seconds since 1970; null: not yet."
    )

    class Meta:
        ref_name = "Confirmation"


class GroupView(ApiView):
    scope = Scope.GROUPS

    def counted(self, limit: limits.Limit, cost: int = 1) -> AbstractContextManager[None]:
        """Counts what is done inside the block. Raises TooFast."""
        return limits.counted(limit, self.address, self.by or "", cost)

    @property
    def calling_person(self) -> str | None:
        """Who calls, unless it is a backend."""
        return None if self.key else self.by

    def visible_group(self, group_id: str) -> tuple[Group, list[CurrentMember]]:
        """The group and its members. Raises GroupNotFound and Forbidden."""
        group = selectors.get_group(group_id_or_404(group_id))
        members = selectors.members_of([group])[group.pk]
        access.may_see_members(selectors.actor_among(members, self.by))
        return group, members

    def representation(self, group: Group, nickname: str = "") -> dict[str, Any]:
        return {
            "id": str(group.pk),
            "name": group.name,
            "notice": group.notice,
            "picture": selectors.snap_url(group, self.base_url),
            "creator": group.creator_id,
            "muted": group.is_quiet,
            "slow": group.slow_seconds,
            **{choice.name: getattr(group, choice.field) for choice in CHOICES.values()},
            "own_picture": bool(group.picture),
            "notice_id": group.notice_id if group.must_confirm else 0,
            "confirmed": own.has_confirmed(group, self.by),
            "nickname": nickname,
            "custom": group.custom,
        }

    def member(self, member: CurrentMember) -> dict[str, Any]:
        known = profile(member.userid, member.nickname, member.avatar, member.is_bot, self.base_url)
        return {**known, "role": member.role, "group_nickname": member.nickname_here}


class Groups(GroupView):
    @extend_schema(request=NewGroup, responses={201: GroupShape})
    def post(self, request: Request) -> Response:
        """Make a group, which the person who calls owns. Its notice is set by owners and admins."""
        body = self.valid_body(NewGroup)
        members = body.get("members", [])
        services.check_disk_space()
        ours, size = limits.current(), len({self.userid, *members})
        with self.counted(ours.groups), self.counted(ours.memberships, size):
            group = services.create_group(
                self.userid,
                members,
                body["name"],
                by=self.userid,
                invited_by=self.calling_person,
                address=self.address,
                notice_by=PermittedRole.ADMINS,
            )
        return Response(self.representation(group), 201)


class OneGroup(GroupView, ConditionalView):
    changeable = tuple(GroupChanges().fields)

    def changeable_part(self, thing: dict[str, Any]) -> dict[str, Any]:
        """The members' pictures change by themselves."""
        return {**super().changeable_part(thing), "picture": thing["own_picture"] and thing["picture"]}

    @extend_schema(responses=GroupShape)
    def get(self, request: Request, group: str) -> Response:
        """A group that one is in."""
        row, members = self.visible_group(group)
        refresh_picture_if_stale(row, members)
        return Response(self._with_nickname(row, members))

    def current(self, **parts: str) -> dict[str, Any]:
        return self._with_nickname(*self.visible_group(parts["group"]))

    def _with_nickname(self, row: Group, members: list[CurrentMember]) -> dict[str, Any]:
        nickname = next((member.nickname_here for member in members if member.userid == self.by), "")
        return self.representation(row, nickname)

    @extend_schema(request=GroupChanges, responses=GroupShape)
    def patch(self, request: Request, group: str) -> Response:
        """Change the name, as any member may who writes there; the notice, as those of them may whom
        `notice_by` names; one's own nickname there; everything else, as owners and admins may."""
        body = self.valid_body(GroupChanges)
        self.visible_group(group)
        with transaction.atomic():
            if (nickname := body.pop("nickname", None)) is not None:
                own.set_nickname(group_id_or_404(group), self.userid, nickname)
            if body:
                editing.edit_group(group_id_or_404(group), **body, by=self.by)
        return self.get(request, group)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, group: str) -> Response:
        """Dissolve the group, as its owners may."""
        services.dissolve(group_id_or_404(group), by=self.by)
        return Response(status=204)


class Confirmations(GroupView):
    @extend_schema(responses=list_of(ConfirmationShape))
    def get(self, request: Request, group: str) -> Response:
        """Who has confirmed the notice, and who has not, as owners and admins see it."""
        members = own.confirmations(group_id_or_404(group), self.by)
        return Response(
            listed(
                {
                    **profile(member.userid, member.nickname, member.avatar, member.is_bot, self.base_url),
                    "time": member.at and int(member.at.timestamp()),
                }
                for member in members
            )
        )

    @extend_schema(request=Confirmed, responses={204: None})
    def put(self, request: Request, group: str) -> Response:
        """One has read the notice."""
        own.confirm_notice(group_id_or_404(group), self.userid, self.valid_body(Confirmed)["notice_id"])
        return Response(status=204)


@compressed
class Members(GroupView):
    @extend_schema(parameters=[ListQuery], responses=page_of(MemberShape))
    def get(self, request: Request, group: str) -> Response:
        """A page of the members, in the order in which they joined."""
        query = self.valid_query(ListQuery)
        limit, (after,) = query.get("limit", MAX_ITEMS), query.get("after", (0,))
        return Response(self.members(group, limit, after))

    def members(self, group: str, limit: int = MAX_ITEMS, after: int = 0) -> dict[str, Any]:
        row = selectors.get_group(group_id_or_404(group))
        access.may_see_members(selectors.actor_in(row.pk, self.by))
        members = selectors.first_members(row, limit + 1, after)
        some, next_ = first(members, limit, lambda member: member[:1])
        return page((self.member(member) for _, member in some), next_)

    @extend_schema(request=NewMembers, responses=page_of(MemberShape))
    def post(self, request: Request, group: str) -> Response:
        """Add people, as any member may; who is in the group already stays. Answers with the first page of
        the members."""
        userids = self.valid_body(NewMembers)["userids"]
        if self.key and self.by is None:
            require_no_staff(userids)
        services.check_disk_space()
        # First, so that nobody else learns from a limit who is in the group.
        services.check_adding(group_id_or_404(group), by=self.by)
        joining = selectors.count_non_members(group_id_or_404(group), userids)
        with self.counted(limits.current().memberships, joining):
            services.add_members(
                group_id_or_404(group),
                userids,
                by=self.by,
                invited_by=self.calling_person,
                address=self.address,
            )
        return Response(self.members(group))


class OneMember(GroupView):
    @extend_schema(request=NewRole, responses=MemberShape)
    def patch(self, request: Request, group: str, userid: str) -> Response:
        """Give a member a role, as owners may."""
        services.set_role(group_id_or_404(group), userid, Role(self.valid_body(NewRole)["role"]), by=self.by)
        _, members = self.visible_group(group)
        return Response(self.member(_member_or_404(members, userid)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, group: str, userid: str) -> Response:
        """Leave, or remove somebody, as owners and admins may."""
        _member_or_404(self.visible_group(group)[1], userid)
        services.remove_members(group_id_or_404(group), [userid], by=self.by)
        return Response(status=204)


def group_id_or_404(group_id: str) -> int:
    """Raises ApiError for what is no group's id."""
    if not is_group_id(group_id):
        raise not_found(Cause.NO_SUCH_GROUP.text)
    return int(group_id)


def _member_or_404(members: list[CurrentMember], userid: str) -> CurrentMember:
    """Raises ApiError for somebody who is not among the members."""
    for member in members:
        if member.userid == userid:
            return member
    raise not_found("There is no such member.")
