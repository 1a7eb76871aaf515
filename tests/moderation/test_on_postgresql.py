"""What is tested of the desk on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/moderation/test_{name}.py"
    for name in (
        "act_on_groups",
        "append_only",
        "at_once",
        "ban",
        "change_members",
        "change_rules",
        "erase",
        "file_report",
        "flag",
        "handle_reports",
        "mute",
        "read_audit_log",
        "read_in_context",
        "recall_messages",
        "registry",
        "release_message",
        "report_queue",
        "roles",
        "snapshot",
        "try_rules",
        "undo",
        "warn_and_disconnect",
    )
]
FILES += [f"tests/moderation/test_{name}.py" for name in ("counters", "desk_messages", "desk_people")]
FILES += [f"tests/moderation/test_desk_{name}.py" for name in ("groups", "audit", "dashboard")]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
