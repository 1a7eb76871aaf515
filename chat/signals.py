"""The signals between modules of chat that must not import each other."""

from django.dispatch import Signal
from msgspec import UNSET, Struct, UnsetType

from log.rows import LogId, Seconds

# Sent with `userid`, `peer` and `upto` once it is committed that the person has read everything up to `upto`
# in the conversation with `peer`, a person or a group, from the thread that committed it.
read_marked = Signal()

# Sent with `userid`, `peer` and `changed` once it is committed that the person has changed something of the
# conversation for the own list: the names and values that the API has of it, from the thread that committed
# it.
conversation_changed = Signal()

# Sent with `userid` and `peer` when a bot that is on no socket says that it types there, from any thread.
typed = Signal()

# Sent with `userid` and `other` once it is committed that the other has become a contact of the person, or is
# none any more, that one of them has asked the other for it, or was answered, or that the person has blocked
# the other, or does so no more.
contact_changed = Signal()

# Sent with `id_`, in the transaction in which a message is erased, and with `stems`: those of the files to
# which it referred. An exception undoes the erasure.
message_erased = Signal()

# Sent with `id_`, in the transaction in which a text that waits for a moderator is discarded, before it is
# forgotten. An exception undoes that.
held_discarded = Signal()

# Sent in the transaction in which a report is opened, with `report`, a WebhookReport.
report_opened = Signal()

# Sent in the transaction in which the audit log gets a line, with `line`, a WebhookAction.
moderated = Signal()

# Sent once it is committed what the page says of itself to which a message links, with `preview`, a
# `chat.protocol.events.PreviewReady`.
preview_ready = Signal()

# Sent before a backend gets messages between two people, with `key`: the id of its API key, `address`: where
# it is, `userid`: whom it reads for, and `peer`: the other person, empty for all conversations of the person.
# An exception refuses the call.
private_read = Signal()


class WebhookReport(Struct):
    """Something was reported, by a person or by the rule."""

    # Nothing that people wrote. `url`: of its page, empty if the site's address is not known.
    id: LogId
    target: str
    about: str
    category: str
    rule: int | None
    opened: Seconds
    url: str


class WebhookAction(Struct, rename={"acted_for": "for"}):
    """A line of the audit log about a person, a group, a message, a rule or a report."""

    id: LogId
    action: str
    target: str
    by: str
    time: Seconds
    acted_for: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
