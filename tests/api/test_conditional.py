"""ETag, If-None-Match and If-Match: what somebody has seen is changed only if it is still so."""

from typing import Any

import pytest

from accounts.api import views
from accounts.models import User
from chat.reading.clearing import own_conversation
from chat.services import contacts, own_list
from groups import editing
from log.models import Group, Privacy
from tests.support.api import Answer, Api
from tests.support.groups import ALICE, BOB

# A thing, a change of it, and another one.
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "me": ({"nickname": "A"}, {"quiet": {"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}}),
    "me/privacy": ({"write": "known"}, {"find": "contacts"}),
    "groups/{group}": ({"notice": "At ten"}, {"nickname": "A"}),
    "conversations/g:{group}": ({"draft": "one"}, {"pinned": True}),
}
every_thing = pytest.mark.parametrize("path", CHANGES)
STALE = (412, "conflict")


def tag_of(answer: Answer) -> str:
    assert answer.status == 200
    return str(answer.headers["ETag"])


@every_thing
def test_if_none_match_gets_304_until_the_resource_changes(alice: Api, group: Group, path: str) -> None:
    path = path.format(group=group.pk)
    tag = tag_of(alice.get(path))
    for known in (tag, f'"other", W/{tag}', "*"):
        same = alice.showing(If_None_Match=known).get(path)
        if known == "*":
            assert same.status == 200
            continue
        assert (same.outcome, same.headers["ETag"]) == ((304, None), tag)
        assert "Content-Type" not in same.headers
    assert alice.showing(If_None_Match='"other"').get(path).status == 200


@every_thing
def test_change_with_stale_if_match_is_rejected(alice: Api, group: Group, path: str) -> None:
    (first, second), path = CHANGES[path], path.format(group=group.pk)
    seen = tag_of(alice.get(path))
    changed = alice.showing(If_Match=seen).patch(path, **first)
    assert tag_of(changed) == tag_of(alice.get(path)) != seen
    refused = alice.showing(If_Match=seen).patch(path, **second)
    assert refused.failed == STALE
    assert refused.body["error"]["why"] == "changed"
    assert alice.get(path).body == changed.body
    weak = f'"other", W/{tag_of(changed)}'
    assert alice.showing(If_Match=weak).patch(path, **second).status == 200
    for more in ({"If_Match": "*"}, {}):
        assert alice.showing(**more).patch(path, **first).status == 200
    assert alice.showing(If_Match="nonsense").patch(path, **first).failed == STALE


@pytest.mark.parametrize("path", [path for path in CHANGES if path != "me"])
def test_if_match_sees_change_by_another_process(
    alice: Api, group: Group, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first look, and before what is changed is locked."""
    (first, _), path = CHANGES[path], path.format(group=group.pk)

    def in_between(module: Any, name: str, change: Any) -> None:
        do = getattr(module, name)

        def change_first(*args: Any, **options: Any) -> Any:
            change()
            return do(*args, **options)

        monkeypatch.setattr(module, name, change_first)

    match path.partition("/")[0]:
        case "groups":
            in_between(editing, "edit_group", lambda: Group.objects.update(name="Other"))
        case "conversations":
            in_between(
                own_list,
                "_ensure_row",
                lambda: own_conversation(ALICE, group.pk).update(pinned=True),
            )
        case _:
            in_between(
                contacts, "lock_people", lambda: Privacy.objects.create(user_id=ALICE, write="contacts")
            )
    if path.startswith("conversations"):
        alice.patch(path, draft="before")
    seen = tag_of(alice.get(path))
    assert alice.showing(If_Match=seen).patch(path, **first).failed == STALE


def test_if_match_of_nickname_is_checked_under_the_lock(alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def allow(userid: str, nickname: str) -> str:
        User.objects.filter(pk=userid).update(nickname="Other")
        return nickname

    seen = tag_of(alice.get("me"))
    monkeypatch.setattr(views, "allowed_name", allow)
    assert alice.showing(If_Match=seen).patch("me", nickname="A").failed == STALE
    assert alice.get("me").body["nickname"] == "Other"


def test_group_with_stale_if_match_is_not_dissolved(alice: Api, bob: Api, group: Group) -> None:
    path = f"groups/{group.pk}"
    seen = tag_of(alice.get(path))
    bob.patch(path, name="Bob's")
    assert alice.showing(If_Match=seen).delete(path).failed == STALE
    assert alice.showing(If_Match=tag_of(alice.get(path))).delete(path).status == 204
    assert alice.showing(If_Match=seen).delete(path).status == 404


def test_group_etag_ignores_messages_and_members(alice: Api, bob: Api, group: Group) -> None:
    path, of_group = f"conversations/g:{group.pk}", f"groups/{group.pk}"
    before = {one: tag_of(alice.get(one)) for one in (path, of_group)}
    bob.post(f"{path}/messages", kind="text", content="hello", extension="e30=")
    alice.post(f"{of_group}/members", userids=["charlie"])
    Group.objects.update(snap="another.jpg")
    assert tag_of(alice.get(path)) != before[path]
    assert alice.showing(If_Match=before[path]).patch(path, draft="x").status == 200
    assert (
        alice.showing(If_Match=before[f"groups/{group.pk}"]).patch(f"groups/{group.pk}", name="x").status
        == 200
    )


def test_group_etag_depends_on_own_nickname(alice: Api, bob: Api, group: Group) -> None:
    assert bob.patch(f"groups/{group.pk}", nickname=BOB).status == 200
    assert tag_of(alice.get(f"groups/{group.pk}")) != tag_of(bob.get(f"groups/{group.pk}"))
