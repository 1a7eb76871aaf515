"""The list of what was erased is read as it was written, and nothing else is read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from keeping.erasing import records
from keeping.erasing.records import ErasureRecord
from keeping.errors import MaintenanceRefused
from keeping.models import Erasure

pytestmark = pytest.mark.django_db


def test_written_erasure_list_is_read_back(tmp_path: Path) -> None:
    targets = ["u:alice", "m:17", "u:爱丽丝", "u:m:1"]
    for target in targets:
        records.mark_begun(target)
    records.mark_finished("m:17")
    listed = tmp_path / "list"
    listed.write_text("".join(f"{line}\n" for line in records.list_lines()))
    assert [line.target for line in records.read_list(listed)] == targets


def test_repeated_erasure_is_listed_once() -> None:
    for _ in range(2):
        records.mark_begun("u:alice")
        records.mark_finished("u:alice")
    (line,) = records.list_lines()
    assert line.startswith("u:alice 2")
    assert Erasure.objects.get().finished_at is not None


def test_restarted_erasure_is_unfinished() -> None:
    records.mark_begun("u:alice")
    records.mark_finished("u:alice")
    records.mark_begun("u:alice")
    assert Erasure.objects.get().finished_at is None


def test_concatenated_erasure_lists_are_merged(tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text("u:alice 2030\n\nm:1 2030\nu:alice 2031\n")
    assert [line.target for line in records.read_list(listed)] == ["u:alice", "m:1"]


def test_erasure_list_uses_latest_time_of_a_target(tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text("u:alice 2031-01-31\nu:alice 2030-01-31\nu:bob 2031-01-31\nu:bob\nm:1 once\n")
    assert records.read_list(listed) == [
        ErasureRecord("u:alice", datetime(2031, 1, 31, tzinfo=UTC)),
        ErasureRecord("u:bob", None),
        ErasureRecord("m:1", None),
    ]


def test_erasure_is_done_if_finished_after_listed_time() -> None:
    records.mark_begun("u:alice")
    now = timezone.now()
    assert not records.is_done(ErasureRecord("u:alice", now))
    records.mark_finished("u:alice")
    assert records.is_done(ErasureRecord("u:alice", now))
    assert not records.is_done(ErasureRecord("u:alice", now + timedelta(hours=1)))
    assert not records.is_done(ErasureRecord("u:alice", None))
    assert not records.is_done(ErasureRecord("u:bob", now))


def test_repeated_erasure_is_listed_with_later_time() -> None:
    records.mark_begun("u:alice")
    Erasure.objects.update(at=timezone.now() - timedelta(days=1))
    (before,) = records.list_lines()
    records.mark_begun("u:alice")
    (after,) = records.list_lines()
    assert after > before


@pytest.mark.parametrize(
    "content", [b"alice", b"u:", b"m:0", b"m:x", b"m:1\nx:alice", b"u:a_b", b"\xff", b"m:" + b"9" * 30]
)
def test_invalid_erasure_list_is_refused(tmp_path: Path, content: bytes) -> None:
    listed = tmp_path / "list"
    listed.write_bytes(content)
    with pytest.raises(MaintenanceRefused, match="not a list"):
        records.read_list(listed)
