"""What is too much to forward is refused before it is read, and leaves nothing behind."""

from collections.abc import Collection

import pytest

from accounts.codes import Name
from accounts.services import ensure_users
from chat.failures import CommandRefused
from chat.protocol.commands import Forward
from chat.reading import selectors
from chat.services import forwarding
from log.appending import Draft, append
from log.rows import EDIT, Entry, LogId

pytestmark = pytest.mark.django_db

TEXTS = 40


@pytest.mark.parametrize("is_edited", [False, True])
def test_oversized_forward_is_refused_before_reading_everything(
    is_edited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_users({"alice": "", "bob": ""})
    long = "x" * 20_000
    sent = append([Draft("text", "alice", "bob", "x" if is_edited else long, "") for _ in range(TEXTS)])
    ids = tuple(row.id for row in sent.batch.rows)
    if is_edited:
        append([Draft(EDIT, "alice", "bob", long, "", target=id_) for id_ in ids])
    were_read: list[LogId] = []
    read = selectors.readable_messages

    def noting(userid: str, some: Collection[LogId]) -> dict[LogId, Entry]:
        were_read.extend(some)
        return read(userid, some)

    monkeypatch.setattr(selectors, "readable_messages", noting)
    with pytest.raises(CommandRefused) as refused:
        forwarding.prepare_drafts("alice", Forward(1, ids, ("bob",), merged=True), "", "")
    assert refused.value.failure.name is Name.TOO_LONG
    assert len(were_read) == forwarding.MESSAGES_PER_READ
