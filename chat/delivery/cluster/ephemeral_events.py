"""Events that are not kept: that somebody types, has read, or has changed the own list of conversations.

They have no row and no id. A device that is away or behind never learns that somebody types. Read marks and
the list are in the database; devices are told of them as soon as they have got what they were sent before. A
device that has read how things stand just before it came is told again what has changed since.
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

# In a group of which more members than these are connected to a process, typing is not published there.
MAX_TYPING_MEMBERS = 200
# Typing of one person in one conversation is published once in so many seconds.
TYPING_SECONDS = 2.0
# So many people and conversations are remembered for that.
MAX_TYPISTS = 10_000
# Idempotent events are sent again to devices that connect within so many seconds.
AGAIN_SECONDS = 30.0
# For that, so much is remembered of so many people and groups.
MAX_REMEMBERED = 10_000
MAX_REMEMBERED_EACH = 50


class _Lately(NamedTuple):
    """An event that was sent to a person or a group at that time."""

    time: float
    event: Event
    is_own: bool


class EphemeralEvents:
    """`post(event, to)` sends to the other processes, if there is a way. `forget_names(changed)` is
    `Names.invalidate`."""

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
        # When each was published last, oldest first.
        self._typed_at: OrderedDict[tuple[str, Recipient], float] = OrderedDict()
        # By the key of the event; both oldest first.
        self._lately: OrderedDict[Recipient, dict[Hashable, _Lately]] = OrderedDict()

    def may_type(self, userid: str, to: Recipient) -> bool:
        """Whether to publish that the person types there: not within TYPING_SECONDS of the last time."""
        now = self._clock()
        if now < self._typed_at.get((userid, to), float("-inf")) + TYPING_SECONDS:
            return False
        self._typed_at[userid, to] = now
        self._typed_at.move_to_end((userid, to))
        if len(self._typed_at) > MAX_TYPISTS:
            self._typed_at.popitem(last=False)
        return True

    def notify_typing(self, userid: str, to: Recipient) -> None:
        """Tell that the person types there, if that is not told yet."""
        if self.may_type(userid, to):
            self.notify(Typing(userid, to))

    def notify(self, event: DeviceEvent, but_for: Receiver | None = None) -> None:
        """Tell the devices here and on other processes, except `but_for`. Never waits."""
        self.deliver(event, but_for)
        self._post(event, "")

    def deliver(self, event: DeviceEvent, but_for: Receiver | None = None) -> None:
        """Tell the devices here, except `but_for`: another process has told all others."""
        match event:
            case Typing():
                self._notify_typing(event)
            case Reading():
                self._notify_reading(event, but_for)
            case ConversationChange(userid, to, field, value):
                # All changes of a list are sent, because each says what was added.
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

    def notify_again(self, userid: str, groups: Collection[int], receiver: Receiver) -> None:
        """Send a new device the events from just before it connected. `groups`: those of the person."""
        for whose in (userid, *self._lately.keys() & groups):
            for key, lately in self._lately.get(whose, {}).items():
                if self._is_recent(lately):
                    receiver.offer_latest(key, lately.event, is_own=lately.is_own)

    def _offer(
        self, userid: str, key: Hashable, event: Event, *, is_own: bool, but_for: Receiver | None = None
    ) -> None:
        """Tell it to the person's devices here, and to those that come soon. It may be told twice."""
        self._remember(userid, key, event, is_own=is_own)
        for receiver in self._hub.mirrors_of(userid):
            if receiver is not but_for:
                receiver.offer_latest(key, event, is_own=is_own)

    def _remember(self, whose: Recipient, key: Hashable, event: Event, *, is_own: bool) -> None:
        while self._lately and not self._is_recent(_last(next(iter(self._lately.values())))):
            self._lately.popitem(last=False)
        recent = self._lately.setdefault(whose, {})
        self._lately.move_to_end(whose)
        recent.pop(key, None)
        recent[key] = _Lately(self._clock(), event, is_own)
        if len(recent) > MAX_REMEMBERED_EACH:
            del recent[next(iter(recent))]
        if len(self._lately) > MAX_REMEMBERED:
            self._lately.popitem(last=False)

    def _is_recent(self, lately: _Lately) -> bool:
        return self._clock() < lately.time + AGAIN_SECONDS

    def _notify_picture(self, group: int, event: PictureShown) -> None:
        """Those of large groups see it when they load the group anew."""
        self._remember(group, (PictureShown, group), event, is_own=False)
        for mirrors in self._hub.mirrors_in(group, MAX_TYPING_MEMBERS).values():
            for receiver in mirrors:
                receiver.offer_latest((PictureShown, group), event, is_own=False)

    def _notify_typing(self, typing: Typing) -> None:
        receivers = self.others(typing.userid, typing.to)
        encoded: dict[object, str | None] = {}
        for receiver in receivers:
            receiver.offer_fleeting(typing, encoded, crowded=len(receivers) > MAX_STARTS_PER_STEP)

    def _notify_preview(self, preview: PreviewReady) -> None:
        """Those of large groups see it when they load the messages anew."""
        others = [] if preview.userid in preview.latecomers else list(self._hub.mirrors_of(preview.userid))
        for receiver in others:
            receiver.offer_latest((PreviewReady, preview.message), preview, is_own=True)
        for receiver in self.others(preview.userid, preview.to, but_for=preview.latecomers):
            receiver.offer_latest((PreviewReady, preview.message), preview, is_own=False)

    def others(self, userid: str, to: Recipient, but_for: Collection[str] = ()) -> Collection[Receiver]:
        """The devices of those who are with the person in the conversation."""
        if isinstance(to, str):
            return self._hub.mirrors_of(to) if to != userid else ()
        members = self._hub.mirrors_in(to, MAX_TYPING_MEMBERS)
        others = [mirrors for member, mirrors in members.items() if member not in (userid, *but_for)]
        return [receiver for mirrors in others for receiver in mirrors]

    def _notify_reading(self, reading: Reading, but_for: Receiver | None) -> None:
        mark = reading.mark
        self._offer(mark.userid, (ReadMark, mark.to), mark, is_own=True, but_for=but_for)
        if reading.is_shared:
            assert isinstance(mark.to, str)
            self._offer(mark.to, (ReadMark, mark.userid, mark.to), mark, is_own=False)


def _last(recent: dict[Hashable, _Lately]) -> _Lately:
    return next(reversed(recent.values()))
