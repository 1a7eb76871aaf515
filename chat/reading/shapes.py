"""What programs read of messages and conversations other than by events: the API gives it, and exports do."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chat.protocol.frames import MODERATOR, NOTICE, MessageFields, Notify, Preview, described
from chat.protocol.frames import Notice as NoticeEvent
from chat.protocol.json_events import notice_of
from chat.protocol.kinds import for_clients, kind_of
from chat.reading.pages import CurrentMessage
from log.details import PREVIEW, decoded
from log.rows import LogId, Notice, conversation_name

_Extension = Annotated[
    str | UnsetType, described("What shipped apps read of it: only with `extension=true`.")
]
Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]


# `component`: what the OpenAPI document calls it.


class ShownMessage(MessageFields, kw_only=True):
    component: ClassVar = "Message"

    content: str | UnsetType = UNSET  # type: ignore[assignment]
    extension: _Extension = UNSET  # type: ignore[assignment]
    edited: Annotated[LogId | None, described("The row that gave it its content.")]
    reactions: Annotated[
        dict[str, list[str]], described("Who has given each emoji: 20 of them, and the reader.")
    ]
    reaction_counts: Annotated[dict[str, int], described("Of an emoji that more have given.")] | UnsetType = (
        UNSET
    )
    preview: Preview | UnsetType = UNSET
    recalled: Annotated[bool, described("It has no content.")] | UnsetType = UNSET
    by: Annotated[Literal["moderator"], described("Of one that a moderator has recalled.")] | UnsetType = (
        UNSET
    )
    starred: Annotated[bool, described("One has starred it.")] | UnsetType = UNSET
    cut: Annotated[bool, described("Of a last message: here is only the beginning of it.")] | UnsetType = (
        UNSET
    )


class PinnedMessage(ShownMessage, kw_only=True):
    component: ClassVar = "PinnedMessage"

    pinned_by: Annotated[str, described("Who has pinned it.")]
    pinned_at: Annotated[int, described("When: whole seconds since 1970.")]


class ShownNotice(NoticeEvent, tag_field="kind", tag=NOTICE):
    """What happened to a group, as the event `notice` says it."""

    component: ClassVar = "Notice"


class ShownConversation(Struct, kw_only=True):
    component: ClassVar = "Conversation"

    id: Annotated[str, described("`u:<userid>` or `g:<groupid>`.")]
    bot: Annotated[bool, described("True: the other person is a program.")] | UnsetType = UNSET
    title: str
    picture: Url
    last: Annotated[ShownMessage | None, described("The last message.")]
    unread: Annotated[int, described("Messages of others after one's read mark; counted up to 1,000.")]
    mentioned: Annotated[int, described("How many of these mention one.")]
    read: Annotated[int, described("One's read mark: an id.")]
    role: Annotated[str, described("In the group; empty for a person.")]
    muted: Annotated[bool, described("No notifications are wanted.")]
    notify: Annotated[Notify, described("Of which messages notifications are wanted.")]
    pinned: bool
    archived: bool
    marked_unread: Annotated[bool, described("One has marked it as unread; reading ends it.")]
    remark: Annotated[str, described("What one calls this person; empty for groups.")]
    draft: Annotated[str, described("What one has begun to write.")]
    request: Annotated[bool, described("It waits apart: the other may not come onto one's list at once.")]
    removed: Annotated[bool, described("It is off one's list until something new is written.")]
    cleared: Annotated[int, described("An id: one has cleared everything up to it for oneself.")]
    hidden_count: Annotated[int, described("How many of its messages one has hidden from oneself.")]
    read_by_other: Annotated[int | None, described("The other person's read mark; null if it is not told.")]
    joined: Annotated[
        ShownNotice | None, described("How one came into the group, if nobody has written since.")
    ]
    requests: Annotated[int, described("People who ask to join, if one may let them in.")] | UnsetType = UNSET


def shown_message(
    current: CurrentMessage,
    userid: str,
    shape: type[ShownMessage] = ShownMessage,
    *,
    with_extension: bool = True,
    **more: Any,
) -> ShownMessage:
    """The message as `userid` sees it. `with_extension`: with what the shipped apps read of it. `more`: other
    fields of `shape`."""
    entry = current.entry
    sent = {"kind": entry.kind, "content": entry.content}
    parts = for_clients(
        sent | ({PREVIEW: current.preview} if current.preview else {}) | decoded(entry.details)
    )
    if current.recalled:
        del parts["content"]
    if current.results:
        part = kind_of(entry.kind).part
        parts = {**parts, part: parts[part] | current.results}
    return shape(
        id=entry.id,
        conversation=conversation_name(entry.peer_of(userid)),
        sender=entry.sender,
        extension=entry.extension if with_extension and not current.recalled else UNSET,
        time=entry.time,
        edited=current.edited,
        reactions=current.reactions.userids,
        reaction_counts=current.reactions.counts or UNSET,
        recalled=current.recalled or UNSET,
        by=MODERATOR if current.by_desk else UNSET,
        starred=current.starred or UNSET,
        reply=UNSET if entry.reply is None else entry.reply,
        cid=entry.cid if entry.cid is not None and entry.sender == userid else UNSET,
        **parts,
        **more,
    )


def shown_notice(row: Notice) -> ShownNotice:
    """What happened to a group, among its messages."""
    return notice_of(row, ShownNotice)
