"""What people write, and what is reported of it."""

from log.appending import Draft, append
from log.rejections import Rejection
from log.rows import LogId, Recipient


def write(sender: str, to: Recipient, content: str) -> LogId:
    """A text in the log. Its id."""
    (outcome,) = append([Draft("text", sender, to, content, "")]).outcomes
    assert not isinstance(outcome, Rejection)
    return outcome.id


def amend(kind: str, sender: str, to: Recipient, target: LogId, content: str = "") -> None:
    append([Draft(kind, sender, to, content, "", target=target)])
