"""The API call with which the backend of another product synchronizes groups."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.account_status import second_of
from accounts.api.base import JsonBody
from accounts.api.errors import invalid
from accounts.api.fields import TextField, Userids
from accounts.api.logins import Connections
from chat.models import Device
from groups.services import check_disk_space
from keeping.api.people import DirectoryView
from keeping.people.groups import is_foreign_id, put
from keeping.people.syncing import CREATED, RESULTS
from moderation.counting import addresses

MAX_DEVICES = 50


def connections_of(userid: str) -> Connections:
    devices = Device.objects.filter(user=userid).order_by("-acked_id").values_list("name", flat=True)
    shown = (
        [(row.address, second_of(row.seen_at) or 0) for row in addresses.last_addresses(userid)]
        if settings.IM66.login_addresses == "full"
        else []
    )
    return Connections(list(devices[:MAX_DEVICES]), shown)


class DirectoryGroup(serializers.Serializer[Any]):
    name = TextField(required=False)
    members = Userids(required=False, allow_empty=False, help_text="All of them. The first owns a new group.")

    class Meta:
        ref_name = "DirectoryGroup"


class WrittenGroup(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    result = serializers.ChoiceField(RESULTS)

    class Meta:
        ref_name = "WrittenGroup"


class GroupById(DirectoryView):
    parser_classes = (JsonBody,)

    @extend_schema(request=DirectoryGroup, responses={200: WrittenGroup, 201: WrittenGroup})
    def put(self, request: Request, foreign: str) -> Response:
        """Make a group under the name that it has elsewhere, or make the group what is said here: who is not
        among `members` leaves. Both are needed for a new group, which the first member owns."""
        if not is_foreign_id(foreign):
            raise invalid("foreign", "Not an id: 1 to 100 characters that can be shown, without a slash.")
        fields = self.valid_body(DirectoryGroup)
        check_disk_space()
        outcome = put(foreign, fields.get("name"), fields.get("members"), self.by_key)
        answer = {"id": str(outcome.group.pk), "name": outcome.group.name, "result": outcome.result}
        return Response(answer, 201 if outcome.result == CREATED else 200)
