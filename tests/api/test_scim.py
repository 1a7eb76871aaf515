"""An identity provider keeps people and groups in step by SCIM 2.0."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import User
from accounts.services import ensure_users
from keeping.erasing import background
from keeping.models import DirectoryGroup, Hold
from keeping.scim.describing import ENTERPRISE, GROUP, USER
from log.models import Group
from moderation.actions.people import ban
from moderation.models import AuditEntry
from notifications import bots
from tests.support.api import Answer, Api
from tests.support.groups import ALICE, BOB, CHARLIE, members, roles
from tests.support.moderators import MODERATOR

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
DORA = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "00u1a2b3",
    "userName": "dora@example.com",
    "name": {"formatted": "Dora Dormer", "givenName": "Dora", "familyName": "Dormer"},
    "active": True,
    "emails": [
        {"value": "dora@home.example", "type": "home"},
        {"value": "dora@example.com", "type": "work", "primary": True},
    ],
    "phoneNumbers": [{"value": "555", "type": "work"}],
    "password": "never stored",
    ENTERPRISE: {"department": "研发部", "manager": {"value": "x"}},
}
PATH = "Users/dora@example.com"


class Scim:
    """What shows this key calls."""

    def __init__(self, key: str, scheme: str = "Bearer", **headers: str) -> None:
        self._headers = {"authorization": f"{scheme} {key}", **headers}

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        path = f"/scim/v2/{quote(path, safe='/')}{'?' + urlencode(query) if query else ''}"
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        got = Client().generic(method, path, text, "application/scim+json", headers=self._headers)
        return Answer(got.status_code, json.loads(got.content) if got.content else None, got.headers)

    def get(self, path: str, **query: Any) -> Answer:
        return self.send("GET", path, **query)

    def post(self, path: str, **values: Any) -> Answer:
        return self.send("POST", path, values)

    def put(self, path: str, **values: Any) -> Answer:
        return self.send("PUT", path, values)

    def patch(self, path: str, *operations: dict[str, Any]) -> Answer:
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": operations})

    def patched(self, path: str, *operations: dict[str, Any]) -> Any:
        """The group after that."""
        assert self.patch(path, *operations).outcome == (204, None)
        return self.get(path).body

    def matches(self, path: str, **query: Any) -> list[str]:
        return [one["id"] for one in self.get(path, **query).body["Resources"]]


def failed(answer: Answer) -> tuple[int, str]:
    assert answer.body["status"] == str(answer.status)
    assert answer.body["detail"]
    return answer.status, answer.body.get("scimType", "")


def nested(name: str) -> Any:
    return json.loads(f'{{"{name}":' * 400 + "{}" + "}" * 400)


def key_for(*scopes: Scope) -> str:
    return api_keys.make("idp", scopes).text


@pytest.fixture
def scim(mode: str) -> Scim:
    return Scim(key_for(Scope.PEOPLE))


@pytest.fixture
def dora(scim: Scim) -> Answer:
    return scim.send("POST", "Users", DORA)


def test_scim_person_is_created_once_and_read(scim: Scim, dora: Answer) -> None:
    location = "http://testserver/scim/v2/Users/dora%40example.com"
    assert (dora.status, dora.headers["Location"]) == (201, location)
    assert dora.headers["Content-Type"] == "application/scim+json"
    meta = dora.body.pop("meta")
    assert meta == {"resourceType": "User", "created": meta["created"], "location": location}
    assert dora.body == {
        "schemas": [USER, ENTERPRISE],
        "id": "dora@example.com",
        "userName": "dora@example.com",
        "externalId": "00u1a2b3",
        "displayName": "Dora Dormer",
        "active": True,
        "emails": [{"value": "dora@example.com", "type": "work", "primary": True}],
        ENTERPRISE: {"department": "研发部"},
    }
    assert failed(scim.post("Users", userName="dora@example.com", displayName="D.")) == (409, "uniqueness")
    assert scim.get(PATH).body["displayName"] == "Dora Dormer"
    assert not User.objects.get(pk="dora@example.com").has_usable_password()
    (line,) = AuditEntry.objects.filter(target="u:dora@example.com")
    assert line.action == "person.create"
    assert line.actor.startswith("key:")


def test_scim_person_is_replaced(scim: Scim, dora: Answer) -> None:
    scim.send("PUT", PATH, {"userName": "dora@example.com", "name": {"givenName": "Dora"}, "active": False})
    body = scim.get(PATH).body
    assert (body["displayName"], body["active"]) == ("Dora", False)
    assert not {"externalId", "emails", ENTERPRISE} & body.keys()
    # Whether the person is active is the one thing that stays if it is not said.
    assert scim.put(PATH, userName="dora@example.com").body["active"] is False


def test_entra_id_patches_are_accepted(scim: Scim, dora: Answer) -> None:
    answer = scim.patch(
        PATH,
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "d@example.com"},
        {"op": "Replace", "path": "name.givenName", "value": "D."},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "Replace", "path": 'addresses[type eq "work"].formatted', "value": "elsewhere"},
        {"op": "Add", "value": {"displayName": "D. Dormer", f"{ENTERPRISE}:division": "North"}},
    )
    assert answer.status == 200
    body = answer.body
    assert (body["active"], body["displayName"]) == (False, "D. Dormer")
    assert body["emails"][0]["value"] == "d@example.com"
    assert body[ENTERPRISE] == {"department": "Sales", "division": "North"}
    assert not User.objects.get(pk="dora@example.com").is_active
    assert {line.action for line in AuditEntry.objects.filter(target="u:dora@example.com")} == {
        "person.create",
        "person.change",
        "person.ban",
    }


def test_okta_patches_are_accepted(scim: Scim, dora: Answer) -> None:
    assert scim.patch(PATH, {"op": "replace", "value": {"active": False}}).body["active"] is False
    assert scim.patch(PATH, {"op": "replace", "value": {"active": True}}).body["active"] is True
    removed = scim.patch(
        PATH, {"op": "remove", "path": "emails"}, {"op": "remove", "path": f"{ENTERPRISE}:department"}
    )
    assert not {"emails", ENTERPRISE} & removed.body.keys()


def test_scim_people_are_searched_and_paginated(scim: Scim, dora: Answer) -> None:
    everybody = scim.matches("Users")
    assert everybody == sorted([ALICE, BOB, CHARLIE, "dora@example.com"])
    page = scim.get("Users", startIndex=2, count=2).body
    assert [one["id"] for one in page["Resources"]] == everybody[1:3]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (4, 2, 2)
    assert scim.get("Users", count=0).body["totalResults"] == 4
    for text in (
        'userName eq "dora@example.com"',
        'externalId eq "00u1a2b3"',
        f'{USER}:userName EQ "dora@example.com" and active eq true',
        'id eq "dora@example.com" AND externalId eq "00u1a2b3"',
    ):
        assert scim.matches("Users", filter=text) == ["dora@example.com"], text
    assert scim.matches("Users", filter='userName eq "nobody"') == []
    assert scim.matches("Users", filter="active eq false") == []
    assert scim.get(PATH, attributes="userName").body.keys() == {"schemas", "id", "userName", "meta"}
    assert "emails" not in scim.get("Users", excludedAttributes="emails,name").body["Resources"][-1]


@pytest.mark.parametrize(
    "filter_text",
    [
        'userName co "a"',
        'userName eq "a" or active eq true',
        'not (userName eq "a")',
        "(" * 900 + 'userName eq "a"' + ")" * 50,
        'userName eq "a" ' + 'and userName eq "a" ' * 6,
        "userName eq " + '"' * 900,
        'userName eq "\\ud800"',
        'password eq "a"',
        'userName eq "a" and',
        "userName eq \"a'; DROP TABLE accounts_user; --",
        "x" * 5000,
    ],
)
def test_unsupported_scim_filter_is_rejected(scim: Scim, filter_text: str) -> None:
    assert failed(scim.get("Users", filter=filter_text))[0] == 400
    assert failed(scim.get("Groups", filter=filter_text))[0] == 400


def test_scim_userid_is_immutable(scim: Scim, dora: Answer) -> None:
    for name in ("userName", "id"):
        for text in ({"path": name, "value": ALICE}, {"value": {name: ALICE}}):
            assert failed(scim.patch(PATH, {"op": "replace", **text})) == (400, "mutability"), text
    assert failed(scim.patch(PATH, {"op": "remove", "path": "userName"})) == (400, "mutability")
    assert failed(scim.put(PATH, userName=ALICE)) == (400, "mutability")
    assert scim.put(PATH, id="dora@example.com", userName="dora@example.com").status == 200


def test_invalid_scim_request_stores_nothing(scim: Scim, dora: Answer) -> None:
    before = scim.get(PATH).body
    for operation, kind in (
        ({"op": "copy", "path": "active"}, "invalidSyntax"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "emails[type", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "a" * 501, "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "active", "value": "maybe"}, "invalidValue"),
        ({"op": "replace", "path": "displayName", "value": ["x"]}, "invalidValue"),
        ({"op": "replace", "path": "displayName", "value": "\0"}, "invalidValue"),
        ({"op": "replace", "path": "displayName", "value": "x" * 1000}, "invalidValue"),
        ({"op": "replace", "path": "emails", "value": [{"value": "no address"}]}, "invalidValue"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        ({"op": "replace", "value": nested(USER)}, "invalidPath"),
    ):
        assert failed(scim.patch(PATH, {"op": "replace", "path": "title", "value": "Dr."}, operation)) == (
            400,
            kind,
        ), operation
    assert failed(scim.patch(PATH, *[{"op": "add", "path": "title", "value": "x"}] * 1001))[0] == 400
    for body in ("", "[]", "{", '{"a":' * 3000, '"x"'):
        assert failed(scim.send("PATCH", PATH, body)) == (400, "invalidSyntax"), body
    for userid in ("", "a b", "a_b", "x" * 65):
        assert failed(scim.post("Users", userName=userid)) == (400, "invalidValue"), userid
    assert scim.get(PATH).body == before
    for path in ("Users/nobody", "Groups/12345", "Groups/x", "Users/a/b"):
        assert failed(scim.get(path)) == (404, ""), path
    for path in ("Bulk", "Me", ".search", "Users/.search"):
        assert failed(scim.post(path)) == (501, ""), path


def test_scim_changes_neither_staff_nor_service_accounts_nor_bots(scim: Scim, group: Group) -> None:
    User.objects.filter(pk=ALICE).update(is_staff=True)
    refused = (
        scim.patch(f"Users/{ALICE}", {"op": "replace", "path": "active", "value": False}),
        scim.patch(f"Users/{ALICE}", {"op": "replace", "path": "displayName", "value": "A."}),
        scim.put(f"Users/{ALICE}", userName=ALICE),
        scim.send("DELETE", f"Users/{ALICE}"),
        scim.post("Users", userName="im66-desk"),
    )
    assert [one.status for one in refused] == [403] * 5
    assert User.objects.get(pk=ALICE).is_active
    made = scim.post("Groups", displayName="Ops", members=[{"value": BOB}]).body["id"]
    ensure_users(["im66-desk"])
    for add in (
        scim.patch(f"Groups/{made}", {"op": "add", "path": "members", "value": [{"value": "im66-desk"}]}),
        scim.post("Groups", displayName="X", members=[{"value": "im66-desk"}]),
    ):
        assert failed(add) == (400, "invalidValue")
    many = [{"op": "add", "path": "members", "value": [{"value": BOB}] * 13_000}]
    assert failed(scim.patch(f"Groups/{made}", *many)) == (413, "")
    assert [one["value"] for one in scim.get(f"Groups/{made}").body["members"]] == [BOB]
    add_staff = {"op": "add", "path": "members", "value": [{"value": ALICE}]}
    assert failed(scim.patch(f"Groups/{made}", add_staff)) == (403, "")
    assert failed(scim.post("Groups", displayName="X", members=[{"value": ALICE}])) == (403, "")
    bot = bots.make_bot(group.pk, "Weather").bot_id
    assert failed(scim.send("DELETE", f"Users/{bot}")) == (404, "")
    assert bot not in scim.matches("Users")


def test_scim_does_not_lift_a_moderators_ban(scim: Scim, dora: Answer) -> None:
    ban(MODERATOR, "dora@example.com", "spam")
    assert failed(scim.patch(PATH, {"op": "replace", "path": "active", "value": True})) == (409, "")
    assert not User.objects.get(pk="dora@example.com").is_active


def test_person_deleted_by_scim_is_erased_and_not_recreated(scim: Scim, dora: Answer) -> None:
    hold = Hold.objects.create(user_id="dora@example.com", reason="case 7", made_by="root")
    assert failed(scim.send("DELETE", PATH)) == (409, "")
    hold.delete()
    assert scim.send("DELETE", PATH).outcome == (204, None)
    assert failed(scim.get(PATH)) == (404, "")
    assert failed(scim.send("DELETE", PATH)) == (404, "")
    assert scim.matches("Users", filter='userName eq "dora@example.com"') == []
    background.erase_queued()
    assert failed(scim.send("POST", "Users", DORA)) == (409, "uniqueness")
    assert failed(scim.patch(PATH, {"op": "replace", "path": "active", "value": True})) == (404, "")
    assert not User.objects.get(pk="dora@example.com").is_active


def test_scim_group_is_created_and_updated(scim: Scim) -> None:
    made = scim.post(
        "Groups", displayName="Team", externalId="g-7", members=[{"value": ALICE}, {"value": BOB}]
    )
    assert made.status == 201
    path = f"Groups/{made.body['id']}"
    group = Group.objects.get(pk=made.body["id"])
    assert roles(group) == {ALICE: "owner", BOB: "member"}
    users = "http://testserver/scim/v2/Users"
    assert made.body["members"] == [
        {"value": one, "type": "User", "$ref": f"{users}/{one}"} for one in (ALICE, BOB)
    ]
    assert failed(scim.post("Groups", displayName="Other", externalId="g-7")) == (409, "uniqueness")
    bot = bots.make_bot(group.pk, "Weather").bot_id
    # As Okta and Entra ID say whom to remove, and whom to add.
    for operation, expected in (
        (
            {"op": "add", "path": "members", "value": [{"value": CHARLIE, "display": "C."}]},
            [ALICE, BOB, CHARLIE],
        ),
        ({"op": "remove", "path": f'members[value eq "{ALICE}"]'}, [BOB, CHARLIE]),
        ({"op": "Remove", "path": "members", "value": [{"value": BOB}]}, [CHARLIE]),
        ({"op": "Add", "value": {"members": [{"value": BOB}]}}, [CHARLIE, BOB]),
        ({"op": "replace", "path": "members", "value": [{"value": BOB}]}, [BOB]),
        ({"op": "remove", "path": "members"}, []),
        ({"op": "add", "path": "members", "value": [{"value": ALICE}]}, [ALICE]),
    ):
        patched = scim.patched(path, operation)
        assert [one["value"] for one in patched["members"]] == expected, operation
        assert bot in members(group)
    renamed = scim.patched(
        path, {"op": "replace", "value": {"id": made.body["id"], "displayName": "The team"}}
    )
    assert renamed["displayName"] == "The team"
    assert scim.put(path, displayName="Team", members=[{"value": BOB}]).body["members"][0]["value"] == BOB
    assert [one["value"] for one in scim.put(path, displayName="T.").body["members"]] == [BOB]
    assert AuditEntry.objects.filter(action="group.sync", target=f"g:{group.pk}").count() == 11


def test_scim_group_may_be_empty_and_first_member_owns_it(scim: Scim) -> None:
    made = scim.post("Groups", displayName="Team").body
    assert (made["members"], "externalId" in made) == ([], False)
    path = f"Groups/{made['id']}"
    scim.patch(path, {"op": "add", "path": "members", "value": [{"value": BOB}, {"value": ALICE}]})
    group = Group.objects.get(pk=made["id"])
    assert (roles(group), group.creator_id) == ({BOB: "owner", ALICE: "member"}, BOB)
    assert scim.patched(path, {"op": "add", "path": "externalId", "value": "g-8"})["externalId"] == "g-8"
    assert "externalId" not in scim.patched(path, {"op": "remove", "path": "externalId"})


def test_scim_groups_are_searched(scim: Scim, group: Group) -> None:
    team = scim.post("Groups", displayName="Team", externalId="g-7", members=[{"value": ALICE}]).body["id"]
    for text in (
        'displayName eq "Team"',
        'externalId eq "g-7"',
        f'id eq "{team}" and members eq "{ALICE}"',
        f'{GROUP}:displayName eq "Team"',
    ):
        assert scim.matches("Groups", filter=text) == [team], text
    assert scim.matches("Groups", filter=f'id eq "{team}" and members eq "{BOB}"') == []
    assert "members" not in scim.get("Groups", excludedAttributes="members").body["Resources"][0]
    # Groups that no directory has made are none of its business.
    assert scim.matches("Groups") == [team]
    for method, body in (("GET", None), ("PUT", {"displayName": "X"}), ("DELETE", None)):
        assert failed(scim.send(method, f"Groups/{group.pk}", body)) == (404, "")


def test_scim_deleted_group_is_dissolved_and_can_be_recreated(scim: Scim) -> None:
    made = scim.post("Groups", displayName="Team", externalId="g-7", members=[{"value": ALICE}]).body
    assert scim.send("DELETE", f"Groups/{made['id']}").status == 204
    assert Group.objects.get(pk=made["id"]).dissolved_at
    assert failed(scim.get(f"Groups/{made['id']}")) == (404, "")
    assert scim.post("Groups", displayName="Team", externalId="g-7").status == 201


def test_invalid_scim_members_are_rejected(scim: Scim, mode: str) -> None:
    group = scim.post("Groups", displayName="Team").body["id"]
    too_many = [{"value": f"u{number}"} for number in range(501)]
    for value in (
        "x",
        [{"value": "a_b"}],
        [{"value": 7}],
        [{}],
        *([[{"value": "nobody"}]] * (mode == "token")),
    ):
        answer = scim.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": value})
        assert failed(answer) == (400, "invalidValue"), value
    scim_users = User.objects.count()
    if mode == "token":
        User.objects.bulk_create(User(userid=one["value"]) for one in too_many)
    answer = scim.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": too_many})
    assert failed(answer) == (409, "")
    many = [{"value": f"u{number}"} for number in range(20_000)]
    answer = scim.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": many})
    assert failed(answer) == (413, "")
    assert scim.get(f"Groups/{group}").body["members"] == []
    assert User.objects.count() >= scim_users
    assert DirectoryGroup.objects.count() == 1


def test_scim_group_page_limits_total_members(scim: Scim, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        scim.post("Groups", displayName=name, members=[{"value": ALICE}, {"value": BOB}]).body["id"]
        for name in ("A", "B", "C")
    ]
    monkeypatch.setattr("keeping.scim.directory.MAX_MEMBERS", 3)
    page = scim.get("Groups").body
    assert ([one["id"] for one in page["Resources"]], page["totalResults"]) == (made[:1], 3)
    assert scim.matches("Groups", startIndex=2) == [made[1]]
    assert scim.matches("Groups", excludedAttributes="members") == made


def test_scim_describes_its_features(scim: Scim) -> None:
    assert scim.get("ServiceProviderConfig").body["patch"] == {"supported": True}
    assert [one["id"] for one in scim.get("ResourceTypes").body["Resources"]] == ["User", "Group"]
    for schema in scim.get("Schemas").body["Resources"]:
        assert scim.get(f"Schemas/{schema['id']}").body == schema
    assert scim.get("ResourceTypes/User").body["schema"] == USER
    emails = next(one for one in scim.get(f"Schemas/{USER}").body["attributes"] if one["name"] == "emails")
    assert {one["name"] for one in emails["subAttributes"]} == {"value", "type", "primary"}


def test_unsupported_scim_call_logs_no_error(scim: Scim, caplog: pytest.LogCaptureFixture) -> None:
    for path in (".search", "Users/.search", "Bulk", "Me"):
        assert scim.send("POST", path, {}).status == 501
    assert caplog.records == []


def test_scim_needs_a_key_with_the_people_scope(scim: Scim, mode: str, bob: Api) -> None:
    assert Scim(key_for(Scope.PEOPLE), "Api-Key").get("Users").status == 200
    others = [Scim(key_for(*set(Scope) - {Scope.PEOPLE}))]
    assert [failed(one.get("Users")) for one in others] == [(403, "")]
    for wrong in (Scim("nonsense"), Scim("", ""), Scim(BOB, "Userid"), Scim("x" * 5000)):
        for path in ("Users", "ServiceProviderConfig", "nowhere"):
            assert failed(wrong.get(path))[0] == 401
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert failed(Scim("nonsense").send(method, f"Users/{ALICE}", {}))[0] in (401, 405)
    if mode == "token":
        token = bob.headers["authorization"].removeprefix("Bearer ")
        assert failed(Scim(token).get("Users"))[0] == 401
    assert failed(scim.send("DELETE", "Users")) == (405, "")


def test_scim_errors_have_scim_format_and_posts_are_idempotent(db: None) -> None:
    key = api_keys.make("hr", [Scope.PEOPLE]).text
    scim = Scim(key, **{"Accept": "application/problem+json", "Idempotency-Key": "one"})
    assert scim.get("Users/nobody").body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    first, second = scim.post("Users", **DORA), scim.post("Users", **DORA)
    assert first.outcome == second.outcome
    assert first.status == 201
    assert first.headers["Content-Type"] == second.headers["Content-Type"] == "application/scim+json"
    assert first.headers["Location"] == second.headers["Location"]
