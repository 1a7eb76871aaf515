"""The API calls with which the backend of another product synchronizes people, by an API key."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import people
from accounts.api import views
from accounts.api.base import ApiView, authenticate_backend
from accounts.api.callers import key_in
from accounts.api.compressing import compressed
from accounts.api.conditional import ConditionalView
from accounts.api.errors import ApiError, content, invalid, malformed, not_found
from accounts.api.fields import Flag, TextField, Userid
from accounts.api.paging import MAX_ITEMS, page, page_of
from accounts.api.shapes import Profile, list_of, listed
from accounts.authentication.proofs import BadToken, Fault, Scope
from accounts.codes import Cause, Name
from accounts.legacy import ACTS_FOR
from accounts.people import DirectoryEntry, PersonDescription
from accounts.selectors import picture_url
from keeping.erasing import people as erasing
from keeping.erasing import records
from keeping.erasing.under_hold import require_person_free
from keeping.errors import MaintenanceRefused
from keeping.people.decoding import InvalidBody, Problem, read_person, split_objects
from keeping.people.syncing import CREATED, RESULTS, SyncOutcome, sync
from log import reach
from moderation.actions.acting import person_target
from moderation.moderators import Moderator, backend

MAX_PAGE = 1000


class DescribedPerson(serializers.Serializer[Any]):
    """For the description; `keeping.people.decoding` reads it."""

    userid = Userid()
    nickname = TextField(required=False)
    avatar = TextField(required=False, help_text="The address of a picture.")
    email = TextField(required=False)
    banned = Flag(required=False)
    fields = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="All custom fields: texts, numbers and booleans by their names."
    )

    class Meta:
        ref_name = "DescribedPerson"


class PersonChanges(DescribedPerson):
    userid = None  # type: ignore[assignment]

    class Meta:
        ref_name = "PersonChanges"


class DirectoryPerson(Profile):
    email = serializers.CharField(required=False, help_text="With a key for `people` only, as the next two.")
    banned = serializers.BooleanField(required=False)
    fields = serializers.DictField(required=False)  # type: ignore[assignment]

    class Meta:
        ref_name = "DirectoryPerson"


class WrittenPerson(DirectoryPerson):
    result = serializers.ChoiceField(RESULTS)

    class Meta:
        ref_name = "WrittenPerson"


class OutcomeShape(serializers.Serializer[Any]):
    userid = serializers.CharField()
    result = serializers.ChoiceField(RESULTS, required=False)
    error = serializers.DictField(required=False, help_text="As that of a call which fails.")

    class Meta:
        ref_name = "PersonOutcome"


class Directory(views.PeopleQuery):
    """In a query. Of a directory, the cursor is the last userid."""

    after = TextField(  # type: ignore[assignment]
        required=False, allow_blank=True, help_text="The `next` of the page before."
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_PAGE,
        help_text=f"How many a page has at most: {MAX_ITEMS}, or {MAX_PAGE} with a key for `people`. Without "
        f"it: {views.DEFAULT_PEOPLE}, or {MAX_PAGE} with such a key.",
    )


class BulkQuery(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField(required=False, help_text="Store nothing.")


_PROTECTED = "Staff and the service itself are erased by commands only."
_BY_API = "A backend has asked for it."


class RawBody(BaseParser):
    """Returns the body without parsing it."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return parser_context["request"].body


class RawLines(RawBody):
    media_type = "application/x-ndjson"


class DirectoryView(ApiView):
    """Changes are for keys with the scope `people`, and such keys read more than others."""

    # The backend, if the request has a key with the scope `people`.
    directory: Moderator | None = None
    parser_classes: tuple[type[BaseParser], ...] = (RawBody,)

    def recognise(self, request: Request) -> None:
        is_read = request.method in ("GET", "HEAD")
        if is_read and (not key_in(request) or ACTS_FOR in request.query_params):
            super().recognise(request)
            return
        try:
            self.key = authenticate_backend(request, Scope.PEOPLE)
        except BadToken as failed:
            if not (is_read and failed.fault is Fault.OUT_OF_SCOPE):
                raise
            super().recognise(request)
        else:
            self.directory = backend(self.key, self.address)

    @property
    def body(self) -> bytes:
        """The unparsed body. Raises UnsupportedMediaType."""
        data: Any = self.request.data
        return bytes(data)

    @property
    def by_key(self) -> Moderator:
        assert self.directory
        return self.directory

    def store(self, person: PersonDescription | Problem) -> tuple[SyncOutcome, dict[str, Any]]:
        """Store a person. Return the outcome and the serialized person. Raises ApiError."""
        ((outcome,),) = sync([person], self.by_key)
        if outcome.problem:
            raise problem_as_error(outcome.problem)
        (entry,) = self.entries_for([outcome.userid])
        return outcome, {**entry, "result": outcome.result}

    def entries_for(self, userids: Iterable[str]) -> list[dict[str, Any]]:
        """Return those of the people that exist, serialized for a directory."""
        ids = list(userids)
        entries = people.entries_of(ids)
        return [_serialized(userid, entries[userid], self.base_url) for userid in ids if userid in entries]


@compressed
class Users(DirectoryView, views.Users):
    visible_to, searchable_by = staticmethod(reach.visible_to), staticmethod(reach.searchable_by)

    @extend_schema(parameters=[Directory], responses=page_of(DirectoryPerson))
    def get(self, request: Request) -> Response:
        """People by what they are called, or by their userids: who does not exist is left out. A key for
        `people` reads all of them too, a page at a time, with what only such keys read."""
        if self.directory is None or "q" in request.query_params:
            return super().get(request)
        query = self.valid_query(Directory)
        if "ids" in query:
            return Response(page(self.entries_for(query["ids"]), None))
        limit = query.get("limit", MAX_PAGE)
        userids = people.page_after(query.get("after", ""), limit + 1)
        next_ = userids[limit - 1] if len(userids) > limit else None
        return Response({**listed(self.entries_for(userids[:limit]), more=next_ is not None), "next": next_})

    @extend_schema(request=DescribedPerson, responses={200: WrittenPerson, 201: WrittenPerson})
    def post(self, request: Request) -> Response:
        """Make a person, or make the person what is said here."""
        outcome, entry = self.store(read_person(self.body))
        return Response(entry, 201 if outcome.result == CREATED else 200)


class OneDirectoryUser(DirectoryView, views.OneUser, ConditionalView):
    operation = "User"
    visible_to = staticmethod(reach.visible_to)

    @extend_schema(responses=DirectoryPerson)
    def get(self, request: Request, userid: str) -> Response:
        """One person. Keys for `people` read mail address, ban and custom fields as well."""
        return Response(self.current(userid=userid))

    def current(self, **parts: str) -> dict[str, Any]:
        userid = parts["userid"]
        if self.directory is None:
            return self.profile_of(userid)
        for entry in self.entries_for([userid]):
            return entry
        raise not_found(Cause.NO_SUCH_USER.text)

    @extend_schema(request=PersonChanges, responses=WrittenPerson)
    def patch(self, request: Request, userid: str) -> Response:
        """Change what is said, and keep the rest."""
        if not self.entries_for([userid]):
            raise not_found(Cause.NO_SUCH_USER.text)
        person = read_person(self.body, userid)
        if isinstance(person, PersonDescription) and person.userid != userid:
            raise invalid("userid", "A userid never changes.")
        return Response(self.store(person)[1])

    @extend_schema(responses={202: None, 204: None})
    def delete(self, request: Request, userid: str) -> Response:
        """Erase the person, and all that they wrote, for good. Answers 202 while that goes on in the
        background, and 204 when it is done; ask again to see."""
        entry = people.entries_of([userid]).get(userid)
        if entry is None:
            raise not_found(Cause.NO_SUCH_USER.text)
        state = records.state_of(person_target(userid)) if entry.banned else None
        if state is None:
            begin_erasing(userid, entry, self.by_key)
        return Response(status=204 if state else 202)


class Bulk(OneDirectoryUser):
    """People may be called `bulk`, too: the other methods are about that person."""

    operation = "Bulk"
    parser_classes = (RawBody, RawLines)

    @extend_schema(
        request={
            "application/json": DescribedPerson(many=True),
            "application/x-ndjson": DescribedPerson(many=True),
        },
        parameters=[BulkQuery],
        responses=list_of(OutcomeShape),
    )
    def post(self, request: Request, userid: str) -> Response:
        """Make up to 1,000 people what is said here, as an array or as lines of JSON. Answers in their
        order."""
        dry_run = self.valid_query(BulkQuery).get("dry_run", False)
        try:
            objects = split_objects(self.body)
        except InvalidBody as error:
            raise malformed(str(error)) from error
        portions = sync(map(read_person, objects), self.by_key, dry_run=dry_run)
        return Response(listed(map(_outcome, [outcome for portion in portions for outcome in portion])))

    @extend_schema(exclude=True)
    def get(self, request: Request, userid: str) -> Response:
        return super().get(request, userid)

    @extend_schema(exclude=True)
    def patch(self, request: Request, userid: str) -> Response:
        return super().patch(request, userid)

    @extend_schema(exclude=True)
    def delete(self, request: Request, userid: str) -> Response:
        return super().delete(request, userid)


def begin_erasing(userid: str, entry: DirectoryEntry, by: Moderator) -> None:
    """Lock the person out, and queue the erasure. `entry`: the stored person. Raises ApiError."""
    if entry.is_protected:
        raise ApiError(Name.NOT_ALLOWED, _PROTECTED)
    try:
        require_person_free(userid)
    except MaintenanceRefused as refused:
        raise ApiError(Name.CONFLICT, str(refused)) from refused
    erasing.begin_erasure(userid, by, _BY_API, is_queued=True)


def _serialized(userid: str, entry: DirectoryEntry, base_url: str) -> dict[str, Any]:
    return {
        "userid": userid,
        "nickname": entry.nickname,
        "avatar": picture_url(entry.avatar, base_url),
        "email": entry.email,
        "banned": entry.banned,
        "fields": entry.fields,
    }


def problem_as_error(problem: Problem) -> ApiError:
    fields = {problem.field: problem.reason} if problem.field else None
    reason = f"{problem.field}: {problem.reason}" if problem.field else problem.reason
    return ApiError(Name[problem.name.upper()], reason, fields)


def _outcome(outcome: SyncOutcome) -> dict[str, Any]:
    if outcome.problem:
        return {"userid": outcome.userid, **content(problem_as_error(outcome.problem))}
    return {"userid": outcome.userid, "result": outcome.result}
