"""API calls about a group."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.account_status import second_of
from groups.selectors import snap_url
from moderation import overview
from moderation.actions.acting import group_target
from moderation.actions.groups import GROUPS
from moderation.api.base import DeskView, Done, action_serializer, path_id
from moderation.moderators import READ_DESK
from moderation.overview import GroupOverview


class GroupAtTheDesk(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    notice = serializers.CharField()
    picture = serializers.URLField()
    creator = serializers.CharField()
    owners = serializers.ListField(child=serializers.CharField())
    members = serializers.IntegerField(help_text="How many.")
    muted = serializers.BooleanField(help_text="Only owners and admins may write.")
    slow = serializers.IntegerField(help_text="A member may write once in so many seconds; 0: as ever.")
    keep_days = serializers.IntegerField(
        allow_null=True, help_text="Messages are kept for so many days; null: as long as elsewhere."
    )
    dissolved = serializers.IntegerField(allow_null=True, help_text="When: a second since 1970.")


GroupAction = action_serializer("GroupAction", GROUPS)


class DeskGroup(DeskView):
    @extend_schema(responses=GroupAtTheDesk)
    def get(self, request: Request, group: str) -> Response:
        """A group, also a dissolved one."""
        group_id = path_id(group)
        self.moderator.require(READ_DESK, "group.read", group_target(group_id))
        return Response(self._representation(overview.group_overview(group_id)))

    @extend_schema(request=GroupAction, responses=Done)
    def post(self, request: Request, group: str) -> Response:
        """Act on a group. Doing it again changes nothing."""
        body = self.valid_body(GroupAction)
        return self.act(GROUPS, path_id(group), body)

    def _representation(self, summary: GroupOverview) -> dict[str, Any]:
        group = summary.group
        return {
            "id": str(group.pk),
            "name": group.name,
            "notice": group.notice,
            "picture": snap_url(group, self.base_url),
            "creator": group.creator_id,
            "owners": summary.owners,
            "members": summary.members,
            "muted": group.is_quiet,
            "slow": group.slow_seconds,
            "keep_days": group.keep_days,
            "dissolved": second_of(group.dissolved_at),
        }
