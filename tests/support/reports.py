"""Messages, and reports about them."""

from log.appending import Draft, append
from log.rejections import Rejection
from log.rows import LogId, Recipient


def write(sender: str, to: Recipient, content: str) -> LogId:
    """Write a text to the log, and return its id."""
    (outcome,) = append([Draft("text", sender, to, content, "")]).outcomes
    assert not isinstance(outcome, Rejection)
    return outcome.id


def amend(kind: str, sender: str, to: Recipient, target: LogId, content: str = "") -> None:
    append([Draft(kind, sender, to, content, "", target=target)])
