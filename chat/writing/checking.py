"""Whether senders may write what they want to append, as it is at the end of the log: read while nobody else
appends."""

from collections.abc import Collection, Container, Mapping, Sequence
from typing import NamedTuple

from accounts.selectors import silent_of
from chat.pairs import Pair, blocked_among
from chat.protocol.rows import RECALL, Recipient
from chat.writing.drafts import Draft
from chat.writing.voices import Place, Voice, voices_in


class Checked(NamedTuple):
    """What was read of the senders and recipients of drafts. `voices`: what they may do in groups; None if
    all are known to write there as they like. For the others see chat.writing.log.Appended."""

    silent: Mapping[str, bool] = {}
    blocked: Collection[tuple[str, str]] = ()
    voices: Mapping[Place, Voice] | None = None

    def allows(self, draft: Draft, unknown: Container[Recipient]) -> bool:
        if draft.sender in self.silent or draft.to in unknown:
            return False
        # Whoever is blocked may take back what they wrote, and nothing else.
        if draft.kind != RECALL and (draft.sender, draft.to) in self.blocked:
            return False
        if self.voices is None or isinstance(draft.to, str):
            return True
        voice = self.voices.get((draft.to, draft.sender))
        return voice is not None and voice.allows(draft.kind)


_ALL_MAY = Checked()


def check_pairs(pairs: Collection[Pair]) -> Checked:
    """Only whether one blocks the other, for senders who are known to be allowed everything else."""
    if not pairs:
        return _ALL_MAY
    senders = {sender for sender, _ in pairs}
    recipients = {recipient for _, recipient in pairs}
    return Checked(blocked=blocked_among(senders, recipients))


def check_senders(drafts: Sequence[Draft]) -> Checked:
    """All of it."""
    senders = {draft.sender for draft in drafts}
    recipients = {draft.to for draft in drafts if isinstance(draft.to, str)}
    groups = {draft.to for draft in drafts if isinstance(draft.to, int)}
    return Checked(silent_of(senders), blocked_among(senders, recipients), voices_in(groups, senders))
