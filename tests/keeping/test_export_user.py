"""An export has what a person may read, and nothing else."""

import json
import os
import stat
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import FileSystemStorage

from accounts import invitations
from accounts.models import User
from chat import devices
from chat.protocol.kinds.files import stored_content
from chat.services import blocks, moderating, starring, stickers
from chat.services.own_list import mark_read, update_settings
from groups import editing, services
from keeping.backups.files import own_file
from keeping.backups.progress import unseen
from keeping.errors import MaintenanceRefused
from keeping.exporting import making, sheets
from log import log_end
from log.appending import Draft, append
from log.models import Group, HeldMessage, Message, Sticker
from log.rejections import Rejection
from log.rows import EDIT, HELD, REACTION, RECALL, LogId, Recipient
from moderation.actions import people
from moderation.counting import addresses
from moderation.models import AuditEntry
from moderation.moderators import ALL_PERMISSIONS, Moderator
from moderation.reports import filing
from tests.keeping.conftest import PICTURE, VOICE
from tests.keeping.exported import Exported
from tests.support import moderators
from tests.support.groups import ALICE, BOB, CHARLIE, NAME
from tests.support.notices import subscribe
from tests.support.reports import amend, write
from uploads.models import StoredFile

pytestmark = pytest.mark.usefixtures("group")

VIDEO = f"{'c' * 32}-4x4.mp4"


@pytest.fixture
def group(db: None) -> Group:
    """Without Charlie, who has a group of his own."""
    moderators.empty_audit_log()
    services.create_group(CHARLIE, [BOB], "Charlie's own")
    return services.create_group(ALICE, [BOB], NAME)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "alice.zip"


@pytest.fixture
def storage(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are in the folder `media`."""
    monkeypatch.setattr("keeping.exporting.files.default_storage", FileSystemStorage(media))


def export(target: Path, userid: str = ALICE) -> Exported:
    making.export(userid, target, "1.2.3", unseen, "why")
    exported = Exported(target)
    target.unlink()
    return exported


def send(kind: str, sender: str, to: Recipient, content: str) -> LogId:
    (outcome,) = append([Draft(kind, sender, to, content, "")]).outcomes
    assert not isinstance(outcome, Rejection)
    return outcome.id


def test_export_has_files_of_any_type_with_their_names(
    target: Path, media: Path, storage: None, group: Group
) -> None:
    id_, stored = "d" * 32, f"{'d' * 32}{'e' * 32}.file"
    (media / stored).write_bytes(b"hello")
    StoredFile.objects.create(stem=id_, name=stored)
    send("file", BOB, ALICE, stored_content(f"/files/{id_}.file", "年度报告.pdf", 5))

    archive = export(target)

    (row,) = archive.rows(f"u:{BOB}")
    assert (row["name"], row["content"], row["file"]) == (
        "年度报告.pdf",
        f"/files/{id_}.file",
        f"files/{id_}.file",
    )
    assert archive.content[row["file"]] == b"hello"


def test_export_has_all_conversations_and_the_profile(target: Path, group: Group) -> None:
    first = write(ALICE, BOB, "hello Bob")
    write(BOB, ALICE, "hello Alice")
    write(BOB, group.pk, "hello all")
    archive = export(target)
    assert archive.contents("u:bob") == ["hello Bob", "hello Alice"]
    assert archive.contents(f"g:{group.pk}") == ["hello all"]
    assert archive.rows("u:bob")[0]["id"] == first
    assert "hello Alice" in archive.page("u:bob")
    assert archive.me["profile"]["userid"] == ALICE
    assert archive.conversation("u:bob")["pages"][0] in archive.content["index.html"].decode()


def test_export_has_no_conversations_of_others(target: Path, group: Group) -> None:
    write(CHARLIE, BOB, "not for Alice")
    write(BOB, CHARLIE, "nor this")
    assert "not for Alice" in export(target, CHARLIE).everything
    archive = export(target)
    assert "not for Alice" not in archive.everything
    assert "nor this" not in archive.everything
    assert "Charlie" not in archive.everything


class TestFile:
    def test_export_file_is_readable_by_owner_only(self, target: Path) -> None:
        making.export(ALICE, target, "1.2.3", unseen, "why")
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert list(target.parent.iterdir()) == [target]

    def test_export_overwrites_no_file(self, target: Path) -> None:
        target.write_text("last year's")
        with pytest.raises(MaintenanceRefused, match="there already"):
            export(target)
        assert target.read_text() == "last year's"

    def test_failed_export_leaves_no_file(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(making, "count_rows", lambda _userid: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            export(target)
        assert not list(target.parent.iterdir())

    def test_export_file_in_use_by_another_process_is_refused(self, target: Path) -> None:
        with (
            own_file(target.with_name("alice.zip.partial")),
            pytest.raises(MaintenanceRefused, match="Another process"),
        ):
            export(target)

    def test_export_refuses_foreign_partial_file(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        partial, other = target.with_name("alice.zip.partial"), target.with_name("other")
        other.write_text("precious")
        partial.hardlink_to(other)
        with pytest.raises(MaintenanceRefused, match="not a file of whoever runs this"):
            export(target)
        other.unlink()
        partial.unlink()
        os.mkfifo(partial)
        with pytest.raises(MaintenanceRefused, match="not a file of whoever runs this"):
            export(target)
        partial.unlink()
        partial.write_text("precious")
        monkeypatch.setattr(os, "geteuid", lambda: partial.stat().st_uid + 1)
        with pytest.raises(MaintenanceRefused, match="not a file of whoever runs this"):
            export(target)
        assert partial.read_text() == "precious"

    def test_export_uses_portable_file_names(self, target: Path) -> None:
        """Whatever people are called."""
        hostile = "..\\con:?*|<b>"
        User.objects.create(pk=hostile)
        write(hostile, ALICE, "<script>alert(1)</script>")
        archive = export(target)
        assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-./") for name in archive.content)
        assert not any(".." in name or name.startswith("/") for name in archive.content)
        assert "<script" not in archive.everything.replace(json.dumps("<script>alert(1)</script>"), "")

    def test_export_of_unknown_person_is_refused(self, target: Path) -> None:
        with pytest.raises(MaintenanceRefused, match="nobody with the userid nobody"):
            export(target, "nobody")
        assert not list(target.parent.iterdir())

    def test_export_is_audited_and_has_its_audit_entry(self, target: Path) -> None:
        archive = export(target)
        (entry,) = AuditEntry.objects.all()
        assert (entry.actor, entry.action, entry.target) == ("/manage.py", "person.export", "u:alice")
        assert entry.reason == "why"
        assert [line["action"] for line in archive.me["audit"]] == ["person.export"]


class TestGroups:
    def test_removed_member_exports_messages_of_their_time_only(self, target: Path, group: Group) -> None:
        write(BOB, group.pk, "before")
        services.remove_members(group.pk, [ALICE])
        write(BOB, group.pk, "meanwhile")
        services.add_members(group.pk, [ALICE])
        write(BOB, group.pk, "afterwards")
        services.remove_members(group.pk, [ALICE])
        archive = export(target)
        assert archive.contents(f"g:{group.pk}") == ["before", "afterwards"]
        assert "meanwhile" not in archive.everything
        periods = archive.me["groups"]
        assert [period["is_current"] for period in periods] == [False, False]
        assert all(period["since"] and period["until"] for period in periods)

    def test_export_has_times_of_joining_and_leaving(
        self, target: Path, group: Group, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seconds = count(Message.objects.latest("id").timet + 10, 10)
        began = next(seconds)
        monkeypatch.setattr(log_end, "time", SimpleNamespace(time=seconds.__next__))
        theirs = services.create_group(BOB, [CHARLIE], "theirs")
        own = services.create_group(ALICE, [BOB], "own")
        services.add_members(theirs.pk, [ALICE])
        services.remove_members(own.pk, [ALICE])

        periods = export(target).me["groups"]
        periods_by_name = {period["name"]: (period["since"], period["until"]) for period in periods}
        assert periods_by_name["own"] == (began + 20, began + 40)
        assert periods_by_name["theirs"] == (began + 30, None)

    def test_pruned_join_has_no_time_in_export(self, target: Path, group: Group) -> None:
        Message.objects.filter(group=group).delete()
        write(BOB, group.pk, "later")
        assert export(target).me["groups"][0]["since"] is None

    def test_removed_member_exports_group_name_of_their_time(self, target: Path, group: Group) -> None:
        write(BOB, group.pk, "before")
        editing.edit_group(group.pk, name="then")
        services.remove_members(group.pk, [ALICE])
        editing.edit_group(group.pk, name="secret")
        archive = export(target)
        assert archive.conversation(f"g:{group.pk}")["title"] == "then"
        assert archive.me["groups"][0]["name"] == "then"
        assert "secret" not in archive.everything

    def test_removed_member_exports_group_id_if_old_name_is_pruned(self, target: Path, group: Group) -> None:
        services.remove_members(group.pk, [ALICE])
        assert export(target).me["groups"][0]["name"] == NAME
        editing.edit_group(group.pk, name="secret")
        # Pruned: also the row that gave it the name.
        Message.objects.filter(group=group).delete()
        archive = export(target)
        assert archive.me["groups"][0]["name"] == str(group.pk)
        assert "secret" not in archive.everything

    def test_export_has_group_notices(self, target: Path, group: Group) -> None:
        write(BOB, group.pk, "hello")
        services.add_members(group.pk, [CHARLIE], by=ALICE)
        editing.edit_group(group.pk, name="Friends <3", by=ALICE)
        archive = export(target)
        kinds = [row["kind"] for row in archive.rows(f"g:{group.pk}")]
        assert kinds == ["notice", "text", "notice", "notice"]
        assert archive.conversation(f"g:{group.pk}")["messages"] == 1
        page = archive.page(f"g:{group.pk}")
        assert "alice, bob joined" in page
        assert "alice added charlie" in page
        assert "alice named the group “Friends &lt;3”" in page


class TestMessages:
    def test_own_edited_message_has_earlier_versions(self, target: Path) -> None:
        message = write(ALICE, BOB, "first")
        amend(EDIT, ALICE, BOB, message, "second")
        amend(EDIT, ALICE, BOB, message, "third")
        (row,) = export(target).rows("u:bob")
        assert row["content"] == "third"
        assert [one["content"] for one in row["earlier"]] == ["first", "second"]

    def test_edited_message_of_others_has_latest_version_only(self, target: Path) -> None:
        message = write(BOB, ALICE, "first")
        amend(EDIT, BOB, ALICE, message, "second")
        archive = export(target)
        assert archive.contents("u:bob") == ["second"]
        assert "first" not in archive.page("u:bob")

    def test_own_recalled_message_is_exported(self, target: Path) -> None:
        message = write(ALICE, BOB, "first")
        amend(EDIT, ALICE, BOB, message, "second")
        amend(RECALL, ALICE, BOB, message)
        (row,) = export(target).rows("u:bob")
        assert (row["content"], row["recalled"]) == ("second", True)
        assert [one["content"] for one in row["earlier"]] == ["first"]

    def test_recalled_message_of_others_is_exported_empty(self, target: Path) -> None:
        message = write(BOB, ALICE, "taken back")
        amend(RECALL, BOB, ALICE, message)
        archive = export(target)
        (row,) = archive.rows("u:bob")
        assert (row["content"], row["recalled"]) == ("", True)
        assert "taken back" not in archive.everything

    @pytest.mark.parametrize("author", [ALICE, BOB])
    def test_erased_message_is_exported_empty(self, target: Path, author: str) -> None:
        other = BOB if author == ALICE else ALICE
        message = write(author, other, "first")
        amend(EDIT, author, other, message, "second")
        moderating.erase(message)
        archive = export(target)
        (row,) = archive.rows("u:bob")
        assert (row["content"], row["by"], row.get("earlier")) == ("", "moderator", None)
        assert "second" not in archive.everything

    def test_exported_message_has_reactions_and_reply_link(self, target: Path) -> None:
        message = write(ALICE, BOB, "well?")
        append([Draft("text", BOB, ALICE, "well!", "", target=message)])
        amend(REACTION, BOB, ALICE, message, "👍")
        archive = export(target)
        question, answer = archive.rows("u:bob")
        assert question["reactions"] == {"👍": [BOB]}
        assert answer["reply"] == message
        assert f'href="1.html#m{message}"' in archive.page("u:bob")
        assert f'id="m{message}"' in archive.page("u:bob")

    def test_exported_emotion_has_its_name(self, target: Path) -> None:
        send("emotion", BOB, ALICE, "~smile")
        send("emotion", BOB, ALICE, "~unheard-of")
        page = export(target).page("u:bob")
        assert "[Smile]" in page
        assert "[Sticker]" in page

    def test_message_of_unknown_kind_has_placeholder_on_page_and_content_in_json(self, target: Path) -> None:
        send("later", BOB, ALICE, "40.1,116.3")
        archive = export(target)
        assert "[Open with a newer version]" in archive.page("u:bob")
        assert "40.1,116.3" not in archive.page("u:bob")
        (row,) = archive.rows("u:bob")
        assert (row["kind"], row["content"]) == ("later", "40.1,116.3")

    def test_long_conversation_has_linked_pages(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sheets, "MAX_ROWS", 10)
        ids = [write(ALICE, BOB, f"message {number}") for number in range(25)]
        append([Draft("text", BOB, ALICE, "to the first page", "", target=ids[0])])
        archive = export(target)
        assert archive.contents("u:bob")[:25] == [f"message {number}" for number in range(25)]
        first, second, third = (archive.page("u:bob", number) for number in (1, 2, 3))
        assert 'rel="next" href="2.html"' in first
        assert 'rel="prev"' not in first
        assert 'rel="prev" href="1.html"' in second
        assert 'rel="next" href="3.html"' in second
        assert 'rel="next"' not in third
        assert f'href="1.html#m{ids[0]}"' in third

    def test_long_messages_make_shorter_pages(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sheets, "MAX_CHARACTERS", 100)
        for letter in "abc":
            write(ALICE, BOB, letter * 60)
        assert len(export(target).conversation("u:bob")["pages"]) == 2


@pytest.mark.usefixtures("storage")
class TestFiles:
    def test_exported_file_is_stored_once_and_linked(self, target: Path, media: Path) -> None:
        send("picture", BOB, ALICE, f"/media/{PICTURE}")
        send("picture", ALICE, BOB, f"http://old.example/media/{PICTURE}")
        send("audio", BOB, ALICE, f"/media/{VOICE}")
        archive = export(target)
        assert archive.content[f"files/{PICTURE}"] == (media / PICTURE).read_bytes()
        assert [row["file"] for row in archive.rows("u:bob")] == [
            f"files/{PICTURE}",
            f"files/{PICTURE}",
            f"files/{VOICE}",
        ]
        assert f'src="../../files/{PICTURE}"' in archive.page("u:bob")

    def test_exported_video_has_its_poster(self, target: Path, media: Path) -> None:
        poster = VIDEO.replace(".mp4", ".jpg")
        for name in (VIDEO, poster):
            (media / name).write_bytes(name.encode())
        send("video", BOB, ALICE, f"/media/{VIDEO}")
        archive = export(target)
        (row,) = archive.rows("u:bob")
        assert (row["file"], row["poster"]) == (f"files/{VIDEO}", f"files/{poster}")
        assert archive.content[f"files/{poster}"] == poster.encode()

    def test_missing_or_foreign_file_is_marked_on_page(self, target: Path, media: Path) -> None:
        (media / PICTURE).unlink()
        send("picture", BOB, ALICE, f"/media/{PICTURE}")
        send("picture", BOB, ALICE, "http://elsewhere.example/x.jpg")
        archive = export(target)
        assert ["file" in row for row in archive.rows("u:bob")] == [False, False]
        assert archive.page("u:bob").count("Not in this archive") == 2
        assert "<img" not in archive.page("u:bob")

    def test_files_of_others_are_not_exported(self, target: Path) -> None:
        send("picture", CHARLIE, BOB, f"/media/{PICTURE}")
        recalled = send("audio", BOB, ALICE, f"/media/{VOICE}")
        amend(RECALL, BOB, ALICE, recalled)
        assert not [name for name in export(target).content if name.startswith("files/")]

    def test_own_avatar_is_exported(self, target: Path) -> None:
        User.objects.filter(pk=ALICE).update(avatar=f"/media/{PICTURE}")
        archive = export(target)
        assert archive.me["profile"]["avatar"] == f"files/{PICTURE}"
        assert f"files/{PICTURE}" in archive.content


class TestAccount:
    def test_export_has_devices_push_devices_and_addresses(self, target: Path) -> None:
        devices.raise_acked({(ALICE, "laptop"): 7, (BOB, "phone"): 8})
        url = "https://push.example/send/secret-of-the-browser"
        subscribe(ALICE, url)
        addresses.record_logins({ALICE: "192.0.2.1", BOB: "192.0.2.2"}, datetime.now(UTC))
        archive = export(target)
        assert archive.me["devices"] == [{"name": "laptop", "received_up_to": 7}]
        (device,) = archive.me["push_devices"]
        assert (device["provider"], device["host"]) == ("web", "push.example")
        assert url not in str(archive.me)
        assert [one["address"] for one in archive.me["addresses"]] == ["192.0.2.1"]
        assert "secret-of-the-browser" not in archive.everything

    def test_export_has_read_mark_mute_and_pin(self, target: Path) -> None:
        message = write(BOB, ALICE, "hello")
        mark_read(ALICE, BOB, message)
        update_settings(ALICE, BOB, muted=True, pinned=True)
        archive = export(target)
        conversation = archive.conversation("u:bob")
        assert (conversation["read"], conversation["muted"], conversation["pinned"]) == (message, True, True)
        assert "notifications off" in archive.content["index.html"].decode()

    def test_export_has_only_own_stars_and_stickers(self, target: Path, storage: None) -> None:
        picture = send("picture", BOB, ALICE, f"/media/{PICTURE}")
        starred = [write(BOB, ALICE, "hello"), picture]
        for id_ in starred:
            starring.star(ALICE, BOB, id_)
        starring.star(BOB, ALICE, write(ALICE, BOB, "his star"))
        stem = PICTURE.partition("-")[0]
        sticker = {"kind": "picture", "content": f"/media/{PICTURE}", "stem": stem, "message_id": picture}
        Sticker.objects.create(user_id=ALICE, **sticker)
        stickers.save(ALICE, send("emotion", BOB, ALICE, "~rose"))
        archive = export(target)
        assert [(one["message"], one["conversation"], one["text"]) for one in archive.me["stars"]] == [
            (starred[0], "u:bob", "hello"),
            (picture, "u:bob", "[Picture]"),
        ]
        assert [(one["kind"], one["content"], one["file"]) for one in archive.me["stickers"]] == [
            ("emotion", "~rose", ""),
            ("picture", f"/media/{PICTURE}", f"files/{PICTURE}"),
        ]
        index = archive.content["index.html"].decode()
        assert all(text in index for text in ("hello", "[Rose]", f'src="files/{PICTURE}"'))

    def test_export_has_only_own_blocks(self, target: Path) -> None:
        blocks.block(ALICE, BOB)
        blocks.block(CHARLIE, ALICE)
        archive = export(target)
        assert [one["userid"] for one in archive.me["blocked"]] == [BOB]
        assert CHARLIE not in archive.everything

    def test_export_has_only_own_reports(self, target: Path) -> None:
        message = write(BOB, ALICE, "buy gold")
        filing.file_report(ALICE, f"m:{message}", "spam", "again")
        filing.file_report(BOB, f"u:{ALICE}", "abuse", "she shouts")
        archive = export(target)
        assert [(one["target"], one["note"]) for one in archive.me["reports"]] == [(f"m:{message}", "again")]
        assert "she shouts" not in archive.everything

    def test_exported_invitations_have_no_secrets(self, target: Path) -> None:
        invitation, code = invitations.invite(User.objects.get(pk=ALICE), userid="dora")
        archive = export(target)
        (exported,) = archive.me["invitations"]
        assert (exported["by_me"], exported["userid"]) == (True, "dora")
        assert code not in archive.everything
        assert invitation.digest not in archive.everything

    def test_export_has_no_password(self, target: Path) -> None:
        user = User.objects.get(pk=ALICE)
        user.set_password("correct horse")
        user.save()
        assert user.password not in export(target).everything


class TestModerators:
    def test_moderation_decisions_are_exported_without_moderators(self, target: Path, group: Group) -> None:
        person = Moderator("mona", may=ALL_PERMISSIONS)
        people.mute(person, ALICE, "shouts", group=group.pk)
        people.warn(person, ALICE, "be kind")
        archive = export(target)
        assert [one["reason"] for one in archive.me["standing"]] == ["shouts", "be kind"]
        assert [one["action"] for one in archive.me["audit"]] == [
            "person.mute",
            "person.warn",
            "person.export",
        ]
        assert archive.me["muted_in_groups"] == [{"group": str(group.pk), "until": None, "reason": "shouts"}]
        assert "mona" not in archive.everything

    def test_own_held_message_is_exported(self, target: Path) -> None:
        append([Draft(HELD, ALICE, BOB, "hold this", ""), Draft(HELD, BOB, ALICE, "and that", "")])
        assert HeldMessage.objects.count() == 2
        archive = export(target)
        assert [one["content"] for one in archive.me["held"]] == ["hold this"]
        assert "and that" not in archive.everything
        assert archive.me["standing"] == []
