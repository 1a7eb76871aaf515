"""Which stored files messages refer to."""

import base64
import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import transaction

from accounts.account_status import Change
from accounts.services import set_profile
from chat.reading import selectors
from chat.reading.referring import message_stems, stems_of
from chat.services.held_messages import discard
from groups.editing import edit_group
from groups.services import add_members, remove_members
from log import changes, positions
from log.appending import Draft, append
from log.drafts import Batch
from log.models import Group, Message
from log.rows import HELD, STANDING, AccountStatusChange, GroupChange, MembershipNotice, Pinned

USED, UNUSED = "a" * 32, "b" * 32
STEMS = frozenset({USED, UNUSED})


def progress(rows: Iterable[Any], total: int) -> Iterable[Any]:
    return rows


def referred() -> frozenset[str]:
    return STEMS.intersection(message_stems(progress, ""))


def used(content: str = "", extension: str = "") -> frozenset[str]:
    append([Draft("picture", "alice", "bob", content, extension)])
    return referred()


def test_account_status_row_refers_to_no_file(group: Group) -> None:
    Message.objects.create(kind=STANDING, sender_id="bob", recipient_id="bob", content=USED, timet=1)
    assert referred() == set()


@pytest.mark.parametrize("content", [f"http://x/{USED}-1x1.jpg", f"look: http://x/{USED}-3.mp3 !"])
def test_a_file_that_a_message_names_is_used(group: Group, content: str) -> None:
    assert used(content) == {USED}


def test_file_of_a_held_message_is_referred_to(group: Group) -> None:
    held_id = append([Draft(HELD, "alice", "bob", f"http://x/{USED}-1x1.jpg", "")]).batch.last
    assert referred() == {USED}
    discard(held_id)
    assert referred() == set()


def test_file_in_an_extension_is_referred_to(group: Group) -> None:
    extension = json.dumps({"snap": f"http://x/{USED}-1x1.jpg"})
    assert used(extension=extension) == {USED}


def test_file_in_a_packed_extension_is_referred_to(group: Group) -> None:
    packed = base64.encodebytes(json.dumps({"snap": f"http://x/{USED}-1x1.jpg" + " " * 90}).encode())
    assert b"\n" in packed.strip()
    assert used(extension=packed.decode()) == {USED}


@pytest.mark.parametrize("extension", ["%%%", "abc", "/w==", "群"])
def test_undecodable_extension_refers_to_no_file(group: Group, extension: str) -> None:
    assert used(extension=extension) == set()


ONE, OTHER, THIRD = "a" * 32, "b" * 32, "c" * 32


def test_files_are_found_in_content_and_extension() -> None:
    extension = base64.encodebytes(f'{{"avatar": "http://host/media/{OTHER}-8x8.jpg"}}'.encode()).decode()
    assert "\n" in extension.strip()
    assert stems_of(f"http://host/media/{ONE}-3.mp3", extension) == {ONE, OTHER}


def test_an_extension_may_name_them_as_it_is() -> None:
    assert stems_of("", f'{{"poster": "/media/{THIRD}.jpg"}}') == {THIRD}


def test_text_resembling_a_stem_refers_to_no_file() -> None:
    assert stems_of("a" * 33, "not base64 é") == set()


class TestGroups:
    def test_a_change_of_membership_has_its_place(self, group: Group, announced: list[Batch]) -> None:
        add_members(group.pk, ["charlie"])
        remove_members(group.pk, ["bob"])
        joined, left = (batch.rows[0] for batch in announced)
        assert joined == MembershipNotice(joined.id, group.pk, ("charlie",), (), joined.time)
        assert left == MembershipNotice(left.id, group.pk, (), ("bob",), left.time)
        assert selectors.rows_after(joined.id - 1, 2) == [joined, left]
        stays = {stay.user_id: (stay.since_id, stay.until_id) for stay in group.memberships.all()}
        assert stays["charlie"] == (joined.id, None)
        assert stays["bob"][1] == left.id

    def test_group_edit_appends_a_change(self, group: Group, announced: list[Batch]) -> None:
        edit_group(group.pk, name="new", by="alice")
        (batch,) = announced
        (change,) = batch.rows
        assert change == GroupChange(change.id, group.pk, "alice", {"name": "new"}, change.time)
        assert selectors.rows_after(change.id - 1, 2) == [change]

    def test_membership_notice_names_the_actor(self, group: Group, announced: list[Batch]) -> None:
        remove_members(group.pk, ["bob"], by="alice")
        (notice,) = announced[0].rows
        assert notice == MembershipNotice(notice.id, group.pk, (), ("bob",), notice.time, "alice")

    def test_membership_changes_announce_no_files(self, group: Group, announced: list[Batch]) -> None:
        add_members(group.pk, ["bob"])
        remove_members(group.pk, ["charlie"])
        assert announced == []

    def test_membership_change_and_its_notice_are_stored_together(
        self, group: Group, announced: list[Batch]
    ) -> None:
        rows = Message.objects.count()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            add_members(group.pk, ["charlie"])
            _ = 1 / 0
        assert Message.objects.count() == rows
        assert not group.memberships.filter(user="charlie").exists()
        assert announced == []


def test_texts_of_changes_are_named_when_they_are_announced_and_read_and_not_in_the_log(
    group: Group, announced: list[Batch]
) -> None:
    set_profile("alice", nickname="Ada", avatar="http://h/a.jpg")
    edit_group(group.pk, notice="Bring tea", confirm=True, by="alice")
    changes.append_pin("alice", "bob", 1)
    rows = [batch.rows[0] for batch in announced]
    assert selectors.rows_after(rows[0].id - 1, 10) == rows
    assert selectors.backlog("bob", rows[0].id - 1, rows[1].id, 10)[0] == rows
    changed = [row for row in rows if isinstance(row, GroupChange | Pinned)]
    notice, pin = (json.loads(base64.b64decode(row.extension)) for row in changed)
    assert (notice["sender"], notice["conversation"]) == ("Ada", "群")
    assert (pin["conversation"], pin["conversationAvartar"]) == ("Ada", "http://h/a.jpg")
    kept = Message.objects.filter(pk__gte=rows[0].id).values_list("content", "extension")
    assert not any("Ada" in text or "h/a.jpg" in text for texts in kept for text in texts)


class TestStanding:
    def test_a_change_of_standing_has_a_row_and_is_announced(
        self, group: Group, announced: list[Batch]
    ) -> None:
        end = positions.last_id()
        place = changes.append_account_status("bob", Change(muted=True))
        (batch,) = announced
        (row,) = batch.rows
        assert isinstance(row, AccountStatusChange)
        assert (batch.previous, row.id, row.userid, row.change) == (end, place, "bob", Change(muted=True))
        assert selectors.rows_after(end, 10) == [row]

    def test_a_change_that_fails_leaves_no_trace(self, group: Group, announced: list[Batch]) -> None:
        end = positions.last_id()
        with pytest.raises(RuntimeError), transaction.atomic():
            changes.append_account_status("bob", Change(banned=True))
            raise RuntimeError
        assert (positions.last_id(), announced) == (end, [])
