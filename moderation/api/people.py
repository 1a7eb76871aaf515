"""API calls about a person's account status."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Second
from accounts.api.shapes import Profile, list_of, listed, profile
from accounts.names.userids import is_userid
from accounts.selectors import profile_row
from moderation import audit, overview
from moderation.actions.acting import person_target
from moderation.actions.fields import MAX_RECALLED_HOURS
from moderation.actions.people import PEOPLE, preview_recall
from moderation.api.base import DeskView, Done, action_serializer
from moderation.counting import addresses
from moderation.counting.addresses import SharedAddress
from moderation.errors import NotFound
from moderation.models import LastAddress
from moderation.moderators import READ_DESK
from moderation.overview import PersonOverview


class MutedIn(serializers.Serializer[Any]):
    group = serializers.CharField()
    until = serializers.IntegerField(allow_null=True)


class PersonAtTheDesk(Profile):
    muted = serializers.BooleanField()
    muted_until = serializers.IntegerField(allow_null=True, help_text="Null while muted: for good.")
    banned = serializers.BooleanField()
    banned_until = serializers.IntegerField(allow_null=True, help_text="Null while banned: for good.")
    reason = serializers.CharField(help_text="As the person was told it.")
    muted_in = MutedIn(many=True, help_text="In which groups.")
    strikes = serializers.IntegerField(help_text="Reports about the person that were not dismissed.")
    reports_about = serializers.IntegerField(help_text="At most 100.")
    reports_by = serializers.IntegerField(help_text="At most 100.")


PersonAction = action_serializer("PersonAction", PEOPLE)


class Hours(serializers.Serializer[Any]):
    hours = serializers.IntegerField(min_value=1, max_value=MAX_RECALLED_HOURS)


class Recallable(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    more = serializers.BooleanField(help_text="There are more than that.")


class Seen(serializers.Serializer[Any]):
    first = Second(source="first_at")
    last = Second(source="seen_at")


class SharesAddress(Seen):
    userid = serializers.CharField(source="user_id")
    nickname = serializers.CharField(source="user.nickname")
    banned = serializers.SerializerMethodField()
    muted = serializers.BooleanField(source="user.muted")

    def get_banned(self, seen: LastAddress) -> bool:
        return not seen.user.is_active


class AddressShape(Seen):
    address = serializers.CharField()
    others = SharesAddress(many=True, help_text="The latest first, at most 50.")
    more = serializers.BooleanField(help_text="There are more.")

    class Meta:
        ref_name = "SharedAddress"


class DeskPerson(DeskView):
    @extend_schema(responses=PersonAtTheDesk)
    def get(self, request: Request, userid: str) -> Response:
        """Where a person stands, with how much was reported by and about them."""
        self.moderator.require(READ_DESK, "person.read", person_target(userid))
        return Response(self._representation(overview.person_overview(valid_userid(userid))))

    @extend_schema(request=PersonAction, responses=Done)
    def post(self, request: Request, userid: str) -> Response:
        """Act on a person, who is told what was done and why. Doing it again changes nothing."""
        body = self.valid_body(PersonAction)
        return self.act(PEOPLE, valid_userid(userid), body)

    def _representation(self, person: PersonOverview) -> dict[str, Any]:
        user = person.user
        return {
            **profile(*profile_row(user), self.base_url),
            "muted": user.muted,
            "muted_until": person.muted_until,
            "banned": not user.is_active,
            "banned_until": person.banned_until,
            "reason": user.standing_reason,
            "muted_in": [{"group": str(group), "until": until} for group, until in person.muted_in],
            "strikes": person.strikes,
            "reports_about": person.reports_about,
            "reports_by": person.reports_by,
        }


class DeskRecent(DeskView):
    @extend_schema(parameters=[Hours], responses=Recallable)
    def get(self, request: Request, userid: str) -> Response:
        """What a ban with `recall_hours` would recall. Changes nothing."""
        self.moderator.require(READ_DESK, "person.read", person_target(userid))
        preview = preview_recall(valid_userid(userid), self.valid_query(Hours)["hours"])
        return Response({"count": preview.count, "more": preview.is_more})


class DeskAddresses(DeskView):
    @extend_schema(responses=list_of(AddressShape))
    def get(self, request: Request, userid: str) -> Response:
        """From where a person has logged in lately, and who else did from there, which many may share. The
        audit log gets a line."""
        self.moderator.require(READ_DESK, "person.read", person_target(userid))
        person = overview.person_overview(valid_userid(userid))
        audit.record(self.moderator, audit.ADDRESSES, person_target(person.user.pk), addresses.REASON)
        return Response(listed(map(_address, addresses.shared_addresses(person.user.pk))))


def _address(shared: SharedAddress) -> dict[str, Any]:
    others = SharesAddress(shared.others, many=True).data
    return {"address": shared.own.address, **Seen(shared.own).data, "others": others, "more": shared.is_more}


def valid_userid(userid: str) -> str:
    """Return the userid. Raises NotFound if it is not valid."""
    if not is_userid(userid):
        raise NotFound
    return userid
