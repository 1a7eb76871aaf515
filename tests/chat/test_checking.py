"""Who may send, as it is at the end of the log."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.codes import Cause
from chat.services.blocks import block
from log.drafts import Draft
from log.models import Group
from log.permissions import check_pairs, check_senders
from log.rejections import Rejection
from log.rows import RECALL


def to_bob(kind: str = "text", sender: str = "alice") -> Draft:
    return Draft(kind, sender, "bob", "hello", "")


def test_message_to_an_unknown_person_is_rejected(group: Group) -> None:
    assert check_senders([to_bob()]).rejection(to_bob(), {"bob": None}) == Rejection(Cause.NO_SUCH_USER)


@pytest.mark.parametrize("is_read", [True, False], ids=["all is read", "only blocks are"])
def test_blocked_sender_may_only_recall(group: Group, is_read: bool) -> None:
    block("bob", "alice")
    checked = check_senders([to_bob()]) if is_read else check_pairs({("alice", "bob"), ("charlie", "bob")})
    assert checked.rejection(to_bob(), {}) == Rejection(Cause.BLOCKED)
    assert not checked.rejection(to_bob(RECALL), {})
    assert not checked.rejection(to_bob(sender="charlie"), {})


def test_known_pairs_are_checked_without_a_query(group: Group) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert not check_pairs(set()).rejection(Draft("text", "alice", group.pk, "hello", ""), {})
    assert len(queries) == 0
