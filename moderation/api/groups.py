"""The calls about a group."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import invalid
from accounts.api.fields import Text, Userid, Userids, Whole
from accounts.standing import second_of
from groups.selectors import snap_url
from groups.services import SLOWEST_SECONDS
from moderation import overview
from moderation.actions import groups
from moderation.actions.acting import of_group
from moderation.api.base import DeskView, Done, Reason, done, number
from moderation.models import AuditEntry
from moderation.moderators import READ_DESK, Moderator
from moderation.overview import OfGroup

Given = dict[str, Any]
Do = Callable[[Moderator, int, str, Given], AuditEntry]


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


class GroupAction(serializers.Serializer[Any]):
    action = serializers.ChoiceField(
        ["mute", "unmute", "slow", "keep", "dissolve", "restore", "handover", "edit", "add", "remove"]
    )
    reason = Reason()
    seconds = Whole(required=False, min_value=0, max_value=SLOWEST_SECONDS, help_text="Of `slow`.")
    days = Whole(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=groups.MOST_DAYS,
        help_text="Of `keep`; null: as long as elsewhere.",
    )
    userid = Userid(required=False, help_text="Of `handover`: the new owner.")
    userids = Userids(required=False, allow_empty=False, help_text="Of `add` and `remove`.")
    name = Text(required=False, help_text="Of `edit`.")
    notice = Text(required=False, allow_blank=True, help_text="Of `edit`.")


class DeskGroup(DeskView):
    @extend_schema(responses=GroupAtTheDesk)
    def get(self, request: Request, group: str) -> Response:
        """A group, also a dissolved one."""
        found = number(group)
        self.moderator.require(READ_DESK, "group.read", of_group(found))
        return Response(self._shown(overview.of_group(found)))

    @extend_schema(request=GroupAction, responses=Done)
    def post(self, request: Request, group: str) -> Response:
        """Act on a group. Doing it again changes nothing."""
        given = self.given(GroupAction)
        return done(_DO[given["action"]](self.moderator, number(group), given["reason"], given))

    def _shown(self, one: OfGroup) -> dict[str, Any]:
        group = one.group
        return {
            "id": str(group.pk),
            "name": group.name,
            "notice": group.notice,
            "picture": snap_url(group, self.base_url),
            "creator": group.creator_id,
            "owners": one.owners,
            "members": one.members,
            "muted": group.is_quiet,
            "slow": group.slow_seconds,
            "keep_days": group.keep_days,
            "dissolved": second_of(group.dissolved_at),
        }


def _needed(given: Given, field: str) -> Any:
    """Raises ApiError for an action without what it needs."""
    if field not in given:
        raise invalid(field, "This field is required.")
    return given[field]


_DO: dict[str, Do] = {
    "mute": lambda moderator, group, reason, _: groups.mute(moderator, group, reason),
    "unmute": lambda moderator, group, reason, _: groups.unmute(moderator, group, reason),
    "slow": lambda moderator, group, reason, given: groups.slow(
        moderator, group, _needed(given, "seconds"), reason
    ),
    "keep": lambda moderator, group, reason, given: groups.keep(
        moderator, group, _needed(given, "days"), reason
    ),
    "dissolve": lambda moderator, group, reason, _: groups.dissolve(moderator, group, reason),
    "restore": lambda moderator, group, reason, _: groups.restore(moderator, group, reason),
    "handover": lambda moderator, group, reason, given: groups.hand_over(
        moderator, group, _needed(given, "userid"), reason
    ),
    "edit": lambda moderator, group, reason, given: groups.edit(
        moderator, group, reason, given.get("name"), given.get("notice")
    ),
    "add": lambda moderator, group, reason, given: groups.add(
        moderator, group, _needed(given, "userids"), reason
    ),
    "remove": lambda moderator, group, reason, given: groups.remove(
        moderator, group, _needed(given, "userids"), reason
    ),
}
