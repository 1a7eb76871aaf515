"""The views of SCIM 2.0."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import ApiError, not_found
from accounts.codes import Cause, Name
from accounts.names.userids import is_userid
from accounts.people import PersonDescription, entries_of
from groups.services import check_disk_space
from keeping.api.people import begin_erasing, problem_as_error
from keeping.people import groups as services
from keeping.people.decoding import Problem
from keeping.people.groups import is_foreign_id
from keeping.people.syncing import sync
from keeping.scim import directory, groups, people
from keeping.scim.base import ScimView, list_of
from keeping.scim.describing import GROUP, PROVIDER, SCHEMAS, TYPES
from keeping.scim.directory import ScimGroup, ScimPerson
from keeping.scim.groups import GroupValues
from keeping.scim.reading import scim_error


class UnknownPath(ScimView):
    """Answers 404 for every unknown path."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise not_found("There is nothing here.")


class NotSupported(ScimView):
    """Answers 501 for the optional parts of SCIM, without logging it as a failure of the server."""

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response: Any = super().finalize_response(*args, **kwargs)
        response._has_been_logged = response.status_code == 501
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise ApiError(Name.NOT_FOUND, "This is not supported.", status=501)


class Provider(ScimView):
    def get(self, request: Request) -> Response:
        return Response(PROVIDER)


class _StaticResources(ScimView):
    items: dict[str, Any]

    def get(self, request: Request, name: str = "") -> Response:
        if not name:
            return Response(list_of(list(self.items.values()), len(self.items)))
        if name not in self.items:
            raise not_found("There is nothing here.")
        return Response(self.items[name])


class ResourceTypes(_StaticResources):
    items = TYPES


class Schemas(_StaticResources):
    items = SCHEMAS


class _People(ScimView):
    def store(self, person: PersonDescription | Problem, *, is_new: bool = False) -> None:
        """Raises ApiError."""
        ((outcome,),) = sync([person], self.by_key)
        problem = outcome.problem
        if problem is None:
            return
        if is_new and problem.name == "conflict":
            raise scim_error("uniqueness", problem.reason, 409)
        raise problem_as_error(problem)

    def resources(self, userids: Any) -> list[dict[str, Any]]:
        return [self._person_resource(person) for person in directory.scim_people(list(userids))]

    def _person_resource(self, person: ScimPerson) -> dict[str, Any]:
        return self.resource(people.resource_of(person.userid, person.entry), person.made)


class ScimUsers(_People):
    def get(self, request: Request) -> Response:
        return self.page(directory.people_with(self.terms).values_list("pk", flat=True), self.resources)

    def post(self, request: Request) -> Response:
        userid, person = people.read_new(self.body)
        self.store(person, is_new=True)
        (resource,) = self.resources([userid])
        return Response(resource, 201, headers={"Location": resource["meta"]["location"]})


class ScimUser(_People):
    def get(self, request: Request, userid: str) -> Response:
        return self._stored_resource(userid)

    def put(self, request: Request, userid: str) -> Response:
        self._require(userid)
        self.store(people.read_complete(userid, self.body))
        return self._stored_resource(userid)

    def patch(self, request: Request, userid: str) -> Response:
        self._require(userid)
        self.store(people.changes_of(userid, self.body))
        return self._stored_resource(userid)

    def delete(self, request: Request, userid: str) -> Response:
        """Lock the person out, and erase the person in the background."""
        self._require(userid)
        begin_erasing(userid, entries_of([userid])[userid], self.by_key)
        return Response(status=204)

    def _require(self, userid: str) -> None:
        # PostgreSQL refuses parameters with NUL characters, which userids cannot have.
        if not (is_userid(userid) and directory.everybody().filter(pk=userid).exists()):
            raise not_found(Cause.NO_SUCH_USER.text)

    def _stored_resource(self, userid: str) -> Response:
        self._require(userid)
        (resource,) = self.resources([userid])
        return Response(resource)


class _Groups(ScimView):
    def resource_of(self, group: str) -> dict[str, Any]:
        """Raises ApiError."""
        for resource in self.resources(directory.group(group)):
            return resource
        raise not_found(Cause.NO_SUCH_GROUP.text)

    def resources(self, rows: Any) -> list[dict[str, Any]]:
        described = directory.scim_groups(rows, with_members=self.includes("members"))
        return [self.resource(self._attributes(group), group.made) for group in described]

    def _attributes(self, group: ScimGroup) -> dict[str, Any]:
        attributes: dict[str, Any] = {"schemas": [GROUP], "id": group.id, "displayName": group.name}
        if group.external_id:
            attributes["externalId"] = group.external_id
        attributes["members"] = [
            {"value": userid, "type": "User", "$ref": self.location("Users", userid)}
            for userid in group.members
        ]
        return attributes


class Groups(_Groups):
    def get(self, request: Request) -> Response:
        return self.page(directory.groups_with(self.terms).select_related("group"), self.resources)

    def post(self, request: Request) -> Response:
        values = groups.read_complete(self.body)
        if values.name is None:
            raise scim_error("invalidValue", "A group needs a displayName.")
        check_disk_space()
        members = groups.edited((), values.edits)
        created = services.create(_validated(values).external_id or "", values.name, members, self.by_key)
        resource = self.resource_of(str(created.pk))
        return Response(resource, 201, headers={"Location": resource["meta"]["location"]})


class Group(_Groups):
    def get(self, request: Request, group: str) -> Response:
        return Response(self.resource_of(group))

    def put(self, request: Request, group: str) -> Response:
        self._change(group, groups.read_complete(self.body))
        return Response(self.resource_of(group))

    def patch(self, request: Request, group: str) -> Response:
        """Answer with the group only if the query has `attributes`: a group may be large."""
        self._change(group, groups.changes_of(group, self.body))
        return (
            Response(self.resource_of(group))
            if "attributes" in request.query_params
            else Response(status=204)
        )

    def delete(self, request: Request, group: str) -> Response:
        """Dissolve the group."""
        self._require(group)
        services.dissolve(int(group), self.by_key)
        return Response(status=204)

    def _change(self, group: str, values: GroupValues) -> None:
        self._require(group)
        _validated(values)
        check_disk_space()
        services.change(
            int(group),
            self.by_key,
            name=values.name,
            foreign_id=values.external_id,
            mentioned=values.mentioned,
            edit=(lambda present: groups.edited(present, values.edits)) if values.edits else None,
        )

    def _require(self, group: str) -> None:
        if not directory.group(group).exists():
            raise not_found(Cause.NO_SUCH_GROUP.text)


def _validated(values: GroupValues) -> GroupValues:
    if values.external_id and not is_foreign_id(values.external_id):
        raise scim_error(
            "invalidValue", "An externalId has 1 to 100 characters that can be shown, without a slash."
        )
    return values
