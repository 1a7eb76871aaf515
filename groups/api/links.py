"""The calls about links to groups, and about those who ask to join."""

from typing import Any
from urllib.parse import quote

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.compressing import compressed
from accounts.api.errors import invalid
from accounts.api.fields import Userid, WholeNumber
from accounts.api.paging import MAX_ITEMS, first, page, page_of
from accounts.api.shapes import Profile, list_of, listed, profile
from accounts.limits import limits
from accounts.selectors import profile_row
from groups import links, selectors, services
from groups.api.views import GroupView, ListQuery, group_id_or_404
from groups.links import GroupInvitation
from groups.models import GroupLink, JoinRequest

# The largest second that a database takes.
_LAST_SECOND = 253_402_300_799


class NewLink(serializers.Serializer[Any]):
    expires = WholeNumber(
        required=False,
        allow_null=True,
        default=None,
        max_value=_LAST_SECOND,
        help_text="Until when it lets people in: seconds since 1970; null: without an end.",
    )
    uses = WholeNumber(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=1_000_000,
        help_text="How many people may follow it; null: as many as like.",
    )


class Link(serializers.Serializer[Any]):
    code = serializers.CharField()
    url = serializers.URLField(help_text="What people open in a browser.")
    expires = serializers.IntegerField(allow_null=True)
    uses = serializers.IntegerField(allow_null=True, help_text="How many people may follow it.")
    used = serializers.IntegerField(help_text="How many have followed it.")
    by = serializers.CharField(help_text="Who has made it.")


class InvitationShape(serializers.Serializer[Any]):
    group = serializers.CharField(help_text="Its id; empty unless one is in it.")
    name = serializers.CharField()
    picture = serializers.URLField()
    members = serializers.IntegerField()
    approval = serializers.BooleanField(help_text="Owners and admins decide about those who follow it.")
    state = serializers.CharField(
        help_text="`member` if one is in the group, `asked` if one has asked to be; empty for neither."
    )

    class Meta:
        ref_name = "GroupInvitation"


class JoinRequestShape(Profile):
    time = serializers.IntegerField(help_text="When they asked: whole seconds since 1970.")

    class Meta:
        ref_name = "JoinRequest"


# The state that applicants get.
ANSWERS = ["accept", "decline"]


class JoinAnswer(serializers.Serializer[Any]):
    userid = Userid()
    action = serializers.ChoiceField(ANSWERS)

    class Meta:
        ref_name = "Answer"


class Links(GroupView):
    @extend_schema(responses=list_of(Link))
    def get(self, request: Request, group: str) -> Response:
        """The links that let people into the group now, as owners and admins see them."""
        return Response(listed(map(self.link, links.links_of(group_id_or_404(group), self.userid))))

    @extend_schema(request=NewLink, responses={201: Link})
    def post(self, request: Request, group: str) -> Response:
        """Make a link by which people join the group, as owners and admins may."""
        body = self.valid_body(NewLink)
        if body["expires"] is not None and body["expires"] <= timezone.now().timestamp():
            raise invalid("expires", "This time has passed.")
        services.check_disk_space()
        return Response(self.link(links.create_link(group_id_or_404(group), self.userid, **body)), 201)

    def link(self, link: GroupLink) -> dict[str, Any]:
        return {
            "code": link.code,
            "url": f"{self.base_url}/#/join/{quote(link.code)}",
            "expires": link.expires_at and int(link.expires_at.timestamp()),
            "uses": link.max_uses,
            "used": link.uses,
            "by": link.made_by_id,
        }


class OneLink(GroupView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, group: str, code: str) -> Response:
        """Nobody joins by this link any more. Who has joined stays."""
        links.delete_link(group_id_or_404(group), code, self.userid)
        return Response(status=204)


class Join(GroupView):
    @extend_schema(responses=InvitationShape)
    def get(self, request: Request, code: str) -> Response:
        """What the link leads to."""
        return Response(self.invitation(links.invitation_by(code, self.userid)))

    @extend_schema(request=None, responses=InvitationShape)
    def post(self, request: Request, code: str) -> Response:
        """Join the group, or ask its owners and admins to: where they decide, or have removed one before.
        Doing it again changes nothing."""
        services.check_disk_space()
        with self.counted(limits.current().memberships):
            return Response(self.invitation(links.join_by_link(code, self.userid)))

    def invitation(self, invited: GroupInvitation) -> dict[str, Any]:
        group, members, state = invited
        return {
            "group": str(group.pk) if state == "member" else "",
            "name": group.name,
            "picture": selectors.snap_url(group, self.base_url),
            "members": members,
            "approval": group.needs_approval,
            "state": state,
        }


@compressed
class Requests(GroupView):
    @extend_schema(parameters=[ListQuery], responses=page_of(JoinRequestShape))
    def get(self, request: Request, group: str) -> Response:
        """A page of those who ask to join, oldest first, as owners and admins see it."""
        query = self.valid_query(ListQuery)
        limit, (after,) = query.get("limit", MAX_ITEMS), query.get("after", (0,))
        waiting = links.join_requests_of(group_id_or_404(group), self.userid, limit + 1, after)
        some, next_ = first(waiting, limit, lambda join_request: (join_request.pk,))
        return Response(page(map(self.request_representation, some), next_))

    @extend_schema(request=JoinAnswer, responses={204: None})
    def post(self, request: Request, group: str) -> Response:
        """Let somebody in who asks to join, or not."""
        body = self.valid_body(JoinAnswer)
        links.answer_join_request(
            group_id_or_404(group), body["userid"], self.userid, accepts=body["action"] == "accept"
        )
        return Response(status=204)

    def request_representation(self, join_request: JoinRequest) -> dict[str, Any]:
        return {
            **profile(*profile_row(join_request.user), self.base_url),
            "time": int(join_request.made_at.timestamp()),
        }
