"""Ephemeral events, which have no row in the log: typing, read marks, changes of a conversation list.

A device that is disconnected or behind misses typing. Read marks and the list are stored in the database;
devices receive the events about them after everything that they were sent before. Recent events are sent
again to a device that connects, because it may have read the database just before the change.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from typing import NamedTuple

from chat.delivery.cluster.messages import DeviceEvent, ProfileChange, Reading
from chat.delivery.cluster.presence import Post
from chat.delivery.loop.fanout import MAX_STARTS_PER_STEP, Receiver
from chat.delivery.loop.hub import Hub
from chat.protocol.events import (
    ContactChange,
    ConversationChange,
    Event,
    JoinRequests,
    PictureShown,
    PreviewReady,
    ReadMark,
    Typing,
)
from log.rows import Nameable, Recipient

# If more members of a group are connected to a process, it sends them no typing events.
MAX_TYPING_MEMBERS = 200
# Typing of a person in a conversation is published at most once in this time.
TYPING_SECONDS = 2.0
# For how many pairs of a person and a conversation that is remembered.
MAX_TYPISTS = 10_000
# Idempotent events are sent again to devices that connect within this time.
RESEND_SECONDS = 30.0
# For how many people and groups such events are remembered, and how many for each.
MAX_REMEMBERED_RECIPIENTS = 10_000
MAX_REMEMBERED_EVENTS = 50


class _RecentEvent(NamedTuple):
    """An event that was sent to a person or a group at `time`."""

    time: float
    event: Event
    is_own: bool


class EphemeralEvents:
    """Delivers ephemeral events to devices. `post(event, to)` sends to the other processes, if there are any.
    `forget_names(changed)` is `Names.invalidate`."""

    def __init__(
        self,
        hub: Hub,
        clock: Callable[[], float],
        post: Post,
        forget_names: Callable[[Collection[Nameable]], None],
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._post = post
        self._forget_names = forget_names
        # When typing was published last, oldest first.
        self._typed_at: OrderedDict[tuple[str, Recipient], float] = OrderedDict()
        # The recent events of each recipient, by their keys; both oldest first.
        self._recent: OrderedDict[Recipient, dict[Hashable, _RecentEvent]] = OrderedDict()

    def take_typing_turn(self, userid: str, to: Recipient) -> bool:
        """Return whether to publish now that the person types in the conversation, and count it if so. False
        within TYPING_SECONDS of the last time."""
        now = self._clock()
        if now < self._typed_at.get((userid, to), float("-inf")) + TYPING_SECONDS:
            return False
        self._typed_at[userid, to] = now
        self._typed_at.move_to_end((userid, to))
        if len(self._typed_at) > MAX_TYPISTS:
            self._typed_at.popitem(last=False)
        return True

    def notify_typing(self, userid: str, to: Recipient) -> None:
        """Notify the others that the person types in the conversation, unless that was published recently."""
        if self.take_typing_turn(userid, to):
            self.notify(Typing(userid, to))

    def notify(self, event: DeviceEvent, exclude: Receiver | None = None) -> None:
        """Send the event to the devices of all processes, except `exclude`. Never waits."""
        self.deliver(event, exclude)
        self._post(event, "")

    def deliver(self, event: DeviceEvent, exclude: Receiver | None = None) -> None:
        """Send the event to the devices of this process, except `exclude`."""
        match event:
            case Typing():
                self._notify_typing(event)
            case Reading():
                self._notify_reading(event, exclude)
            case ConversationChange(userid, to, field, value):
                # No change of a list replaces another one, because each has the added values only.
                key = (ConversationChange, to, field, tuple(value) if isinstance(value, list) else ())
                for receiver in self._hub.mirrors_of(userid):
                    receiver.offer_latest(key, event, is_own=True)
            case ContactChange(userid, other):
                self._offer(userid, (ContactChange, other), event, is_own=True)
            case JoinRequests(userid, group):
                self._offer(userid, (JoinRequests, group), event, is_own=True)
            case PictureShown(group):
                self._forget_names([group])
                self._notify_picture(group, event)
            case ProfileChange(userids):
                self._forget_names(userids)
            case PreviewReady():
                self._notify_preview(event)

    def resend_recent(self, userid: str, groups: Collection[int], receiver: Receiver) -> None:
        """Send a new device the events from just before it connected. `groups`: those of the person."""
        for recipient in (userid, *self._recent.keys() & groups):
            for key, recent in self._recent.get(recipient, {}).items():
                if self._is_recent(recent):
                    receiver.offer_latest(key, recent.event, is_own=recent.is_own)

    def _offer(
        self, userid: str, key: Hashable, event: Event, *, is_own: bool, exclude: Receiver | None = None
    ) -> None:
        """Send the event to the person's devices, also to those that connect soon. A device may get it
        twice."""
        self._remember(userid, key, event, is_own=is_own)
        for receiver in self._hub.mirrors_of(userid):
            if receiver is not exclude:
                receiver.offer_latest(key, event, is_own=is_own)

    def _remember(self, recipient: Recipient, key: Hashable, event: Event, *, is_own: bool) -> None:
        while self._recent and not self._is_recent(_last(next(iter(self._recent.values())))):
            self._recent.popitem(last=False)
        events = self._recent.setdefault(recipient, {})
        self._recent.move_to_end(recipient)
        events.pop(key, None)
        events[key] = _RecentEvent(self._clock(), event, is_own)
        if len(events) > MAX_REMEMBERED_EVENTS:
            del events[next(iter(events))]
        if len(self._recent) > MAX_REMEMBERED_RECIPIENTS:
            self._recent.popitem(last=False)

    def _is_recent(self, recent: _RecentEvent) -> bool:
        return self._clock() < recent.time + RESEND_SECONDS

    def _notify_picture(self, group: int, event: PictureShown) -> None:
        """Members of large groups get no event. They see the picture when they load the group again."""
        self._remember(group, (PictureShown, group), event, is_own=False)
        for mirrors in self._hub.mirrors_in(group, MAX_TYPING_MEMBERS).values():
            for receiver in mirrors:
                receiver.offer_latest((PictureShown, group), event, is_own=False)

    def _notify_typing(self, typing: Typing) -> None:
        receivers = self.receivers_of_others(typing.userid, typing.to)
        encoded: dict[object, str | None] = {}
        for receiver in receivers:
            receiver.offer_fleeting(typing, encoded, crowded=len(receivers) > MAX_STARTS_PER_STEP)

    def _notify_preview(self, preview: PreviewReady) -> None:
        """Members of large groups get no event. They see the preview when they load the messages again."""
        own = [] if preview.userid in preview.latecomers else list(self._hub.mirrors_of(preview.userid))
        for receiver in own:
            receiver.offer_latest((PreviewReady, preview.message), preview, is_own=True)
        for receiver in self.receivers_of_others(preview.userid, preview.to, exclude=preview.latecomers):
            receiver.offer_latest((PreviewReady, preview.message), preview, is_own=False)

    def receivers_of_others(
        self, userid: str, to: Recipient, exclude: Collection[str] = ()
    ) -> Collection[Receiver]:
        """Return the devices of the other people in the person's conversation, except those of `exclude`.
        Empty for large groups."""
        if isinstance(to, str):
            return self._hub.mirrors_of(to) if to != userid else ()
        members = self._hub.mirrors_in(to, MAX_TYPING_MEMBERS)
        others = [mirrors for member, mirrors in members.items() if member not in (userid, *exclude)]
        return [receiver for mirrors in others for receiver in mirrors]

    def _notify_reading(self, reading: Reading, exclude: Receiver | None) -> None:
        mark = reading.mark
        self._offer(mark.userid, (ReadMark, mark.to), mark, is_own=True, exclude=exclude)
        if reading.is_shared:
            assert isinstance(mark.to, str)
            self._offer(mark.to, (ReadMark, mark.userid, mark.to), mark, is_own=False)


def _last(events: dict[Hashable, _RecentEvent]) -> _RecentEvent:
    return next(reversed(events.values()))
