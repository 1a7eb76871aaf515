"""What is tested of people, groups, the log, search, the desk, notices and what is kept on SQLite holds on
PostgreSQL too. All of it is run by one process: to begin one takes as long as the tests of a folder."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql, files

pytestmark = pytest.mark.slow

# Where the two databases are asked in words of their own, or lock and refuse in ways of their own. The
# commands that erase and export have tests of their own on PostgreSQL.
DIFFERENT = [
    *files("accounts", "ensure_users statements"),
    *files("chat", "login_reads blocks conversations fulltext history held_messages hiding"),
    *files("chat", "naming polls pruning reader search reach search_index selectors snapshot sources"),
    *files("api", "custom"),
    *files("chat", "tsvector"),
    *files("log", "appending inserting mentions pairs write_permissions"),
    *files("groups", "add_members bound_groups write_meanwhile"),
    *files("moderation", "append_only at_once counters file_report report_queue"),
    *files("notifications", "due push_queue queue"),
]
ALIKE = [
    *files("accounts", "authenticate authenticate_by_session authenticate_by_token change_account_status"),
    *files("api", "callers conversations desk desk_callers errors groups me messages report rules search"),
    *files("api", "users"),
    *files("chat", "amending conversations_model ended_stays erasing filling follower gaps"),
    *files("chat", "latecomers logins moderating pages profiles read_marks sending service_texts"),
    *files("groups", "create_group pass_on_ownership restore"),
    *files("log", "amendments reactions"),
    *files("keeping", "prune hold erase_message erase_person export_user leases own_export"),
    *files("moderation", "act_on_groups ban change_members change_rules desk_audit desk_dashboard"),
    *files("moderation", "desk_groups desk_messages desk_people erase flag handle_reports mute"),
    *files("moderation", "read_audit_log read_in_context recall_messages registry release_message roles"),
    *files("moderation", "snapshot try_rules undo warn_and_disconnect"),
    *files("notifications", "erase following needed slack_hooks slash wake"),
]


def test_database_specific_queries_work_on_postgresql(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, DIFFERENT)


@pytest.mark.wide
def test_common_queries_work_on_postgresql(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, ALIKE)
