"""The API views of the caller's privacy choices, contacts and contact requests."""

from typing import Any

from drf_spectacular.utils import extend_schema
from msgspec import structs
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.compressing import compressed
from accounts.api.conditional import ConditionalView
from accounts.api.fields import TextField, Userid, id_in
from accounts.api.paging import MAX_ITEMS, CursorField, PageQuery, first, page, page_of
from accounts.api.shapes import Profile, list_of, listed, profile
from accounts.authentication.proofs import Scope
from accounts.codes import Name
from accounts.models import User
from accounts.selectors import PROFILE_FIELDS, ProfileRow
from chat.api.base import ChatView
from chat.api.forms import PrintableText
from chat.failures import CommandRefused
from chat.services import contact_requests, contacts
from chat.services.contact_requests import MAX_TEXT_CHARACTERS, RequestEntry
from groups.api.links import ANSWERS
from log.person_choices import CHOICES, CIRCLES
from log.reach import rules_of, visible_to


class PrivacyShape(serializers.Serializer[Any]):
    class Meta:
        ref_name = "Privacy"

    def get_fields(self) -> dict[str, Any]:
        return _privacy_fields()


class PrivacyChanges(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return _privacy_fields(required=False)


def _privacy_fields(**options: Any) -> dict[str, Any]:
    return {
        name: serializers.ChoiceField(CIRCLES, help_text=choice.meaning, **options)
        for name, choice in CHOICES.items()
    }


class ContactShape(Profile):
    remark = serializers.CharField(help_text="What one calls this person.")
    initial = serializers.CharField(help_text="The letter under which a list has it, in pinyin; or `#`.")

    class Meta:
        ref_name = "Contact"


class ContactQuery(PageQuery):
    after = CursorField(int, str, str)
    q = TextField(
        required=False,
        max_length=200,
        help_text="The beginning of a userid, a part of a name or remark, or the beginning of its pinyin.",
    )


class NewRequest(serializers.Serializer[Any]):
    userid = Userid()
    text = PrintableText(
        required=False, allow_blank=True, default="", max_length=MAX_TEXT_CHARACTERS, help_text="A line."
    )


class RequestShape(Profile):
    id = serializers.IntegerField()
    text = serializers.CharField()
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")
    mine = serializers.BooleanField(help_text="One has asked this person; else the person has asked.")
    accepted = serializers.BooleanField(help_text="Else it waits, as far as one is told.")

    class Meta:
        ref_name = "ContactRequest"


class ContactAnswer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(ANSWERS)


class MyPrivacy(ChatView, ConditionalView):
    scope = Scope.USERS

    @extend_schema(responses=PrivacyShape)
    def get(self, request: Request) -> Response:
        """Who may reach one: everybody, those whom one knows, one's contacts, nobody. One knows the people
        with whom one is in a group, to whom one has written, or whose conversation one has accepted."""
        return Response(self.current())

    def current(self, **parts: str) -> dict[str, Any]:
        return structs.asdict(rules_of(self.userid))

    @extend_schema(request=PrivacyChanges, responses=PrivacyShape)
    def patch(self, request: Request) -> Response:
        """Change it. Others who may not write get the error `not_allowed` with `why: "unwanted"`, or
        `not_found` if they may not find one either."""
        return Response(structs.asdict(contacts.change_rules(self.userid, **self.valid_body(PrivacyChanges))))


@compressed
class Contacts(ChatView):
    @extend_schema(parameters=[ContactQuery], responses=page_of(ContactShape))
    def get(self, request: Request) -> Response:
        """One's contacts by name, Chinese names in pinyin; all that begin with no letter, last."""
        query = self.valid_query(ContactQuery)
        keyed = contacts.keyed_contacts_of(self.userid, query.get("q", ""))
        later = [item for item in keyed if "after" not in query or item[0] > query["after"]]
        some, next_ = first(
            later, query.get("limit", MAX_ITEMS), lambda item: (int(item[0][0]), *item[0][1:])
        )
        return Response(page((self._representation(contact) for _, contact in some), next_))

    def _representation(self, contact: contacts.ContactEntry) -> dict[str, Any]:
        known = profile(contact.userid, contact.nickname, contact.avatar, contact.is_bot, self.base_url)
        return {**known, "remark": contact.remark, "initial": contact.initial}


class OneContact(ChatView):
    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, userid: str) -> Response:
        """This person is among one's contacts. If the person has asked for it, one becomes theirs."""
        contacts.add_contact(self.userid, userid)
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, userid: str) -> Response:
        """This person is none of one's contacts. One may stay theirs."""
        contacts.remove_contact(self.userid, userid)
        return Response(status=204)


class ContactRequests(ChatView):
    @extend_schema(responses=list_of(RequestShape))
    def get(self, request: Request) -> Response:
        """Those that wait for one, and one's own of the last 30 days, latest first."""
        return Response(listed(self._representations(contact_requests.requests_of(self.userid))))

    @extend_schema(request=NewRequest, responses={201: RequestShape})
    def post(self, request: Request) -> Response:
        """Ask somebody to be contacts of each other. The same person is asked once in 30 days; until then the
        answer is the request that there is."""
        body = self.valid_body(NewRequest)
        sent = contact_requests.send_request(self.somebody, body["userid"], body["text"])
        return Response(self._representations([sent])[0], 201)

    def _representations(self, requests: list[RequestEntry]) -> list[dict[str, Any]]:
        """Represent the requests. Of people who are hidden from the caller, only the userid is included."""
        named = User.objects.filter(visible_to(self.userid), pk__in=[request.other for request in requests])
        known: dict[str, ProfileRow] = {row[0]: row for row in named.values_list(*PROFILE_FIELDS)}
        return [
            {
                "id": request.id,
                **profile(*known.get(request.other, (request.other, "", "", False)), self.base_url),
                "text": request.text,
                "time": request.time,
                "mine": request.is_mine,
                "accepted": request.is_accepted,
            }
            for request in requests
        ]


class OneContactRequest(ChatView):
    @extend_schema(request=ContactAnswer, responses={204: None})
    def post(self, request: Request, asked: str) -> Response:
        """Accept it: both are contacts of each other then. Or decline it, of which the other is not told."""
        accepts = self.valid_body(ContactAnswer)["action"] == "accept"
        if (id_ := id_in(asked)) is None:
            raise CommandRefused(Name.NOT_FOUND, "no such request")
        contact_requests.answer_request(self.userid, id_, accepts=accepts)
        return Response(status=204)
