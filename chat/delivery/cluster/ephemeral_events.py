"""Events that are not kept: that somebody types, has read, or has changed the own list of conversations.

They have no row and no id. A device that is away or behind never learns that somebody types. Read marks and
the list are in the database; devices are told of them as soon as they have got what they were sent before.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection

from chat.delivery.cluster.envelopes import EphemeralEvent, Reading
from chat.delivery.cluster.presence import OnlineUsers, Post
from chat.delivery.loop.fanout import AT_ONCE
from chat.delivery.loop.hub import Hub, Receiver
from chat.protocol.events import ContactChange, ConversationChange, Growth, PreviewFound, ReadMark, Typing
from chat.protocol.rows import Recipient

# In a group of which more members than these are connected to a process, nobody there is told who types.
MAX_TYPING_MEMBERS = 200
# Of one person in one conversation, it is told once in so many seconds.
TYPING_SECONDS = 2.0
# So many people and conversations are remembered for that.
MAX_TYPISTS = 10_000

_Told = Typing | Reading | ConversationChange | ContactChange | PreviewFound


class EphemeralEvents:
    """`online` hears what other processes tell of who is online there. `post(event, to)` tells the other
    processes, if there is a way."""

    def __init__(self, hub: Hub, online: OnlineUsers, clock: Callable[[], float], post: Post) -> None:
        self._hub = hub
        self._online = online
        self._clock = clock
        self._post = post
        # When it was told last, oldest first.
        self._typed_at: OrderedDict[tuple[str, Recipient], float] = OrderedDict()

    def may_type(self, userid: str, to: Recipient) -> bool:
        """Whether to tell that the person types there: not if it was told within TYPING_SECONDS."""
        now = self._clock()
        if now < self._typed_at.get((userid, to), float("-inf")) + TYPING_SECONDS:
            return False
        self._typed_at[userid, to] = now
        self._typed_at.move_to_end((userid, to))
        if len(self._typed_at) > MAX_TYPISTS:
            self._typed_at.popitem(last=False)
        return True

    def tell_typing(self, userid: str, to: Recipient) -> None:
        """Tell that the person types there, if that is not told yet."""
        if self.may_type(userid, to):
            self.tell(Typing(userid, to))

    def tell(self, event: _Told, but_for: Receiver | None = None) -> None:
        """Tell the devices here and on other processes, except `but_for`. Never waits."""
        self._deliver(event, but_for)
        self._post(event, "")

    def hear(self, process: str, event: EphemeralEvent) -> None:
        """Another process has told this."""
        if isinstance(event, _Told):
            self._deliver(event)
        elif not isinstance(event, Growth):
            self._online.hear(process, event)

    def _deliver(self, event: _Told, but_for: Receiver | None = None) -> None:
        match event:
            case Typing():
                self._tell_typing(event)
            case Reading():
                self._tell_reading(event, but_for)
            case ConversationChange(userid, to, field, value):
                # Of a list, each is told: it says what was added.
                key = (ConversationChange, to, field, tuple(value) if isinstance(value, list) else ())
                for receiver in self._hub.mirrors_of(userid):
                    receiver.offer_latest(key, event, is_own=True)
            case ContactChange(userid, other):
                for receiver in self._hub.mirrors_of(userid):
                    receiver.offer_latest((ContactChange, other), event, is_own=True)
            case PreviewFound():
                self._tell_preview(event)

    def _tell_typing(self, typing: Typing) -> None:
        receivers = self.others(typing.userid, typing.to)
        encoded: dict[object, str | None] = {}
        for receiver in receivers:
            receiver.offer_fleeting(typing, encoded, crowded=len(receivers) > AT_ONCE)

    def _tell_preview(self, found: PreviewFound) -> None:
        """Those of large groups see it when they load the messages anew."""
        others = [] if found.userid in found.latecomers else list(self._hub.mirrors_of(found.userid))
        for receiver in others:
            receiver.offer_latest((PreviewFound, found.message), found, is_own=True)
        for receiver in self.others(found.userid, found.to, but_for=found.latecomers):
            receiver.offer_latest((PreviewFound, found.message), found, is_own=False)

    def others(self, userid: str, to: Recipient, but_for: Collection[str] = ()) -> Collection[Receiver]:
        """The devices of those who are with the person in the conversation."""
        if isinstance(to, str):
            return self._hub.mirrors_of(to) if to != userid else ()
        members = self._hub.mirrors_in(to, MAX_TYPING_MEMBERS)
        others = [mirrors for member, mirrors in members.items() if member not in (userid, *but_for)]
        return [receiver for mirrors in others for receiver in mirrors]

    def _tell_reading(self, reading: Reading, but_for: Receiver | None) -> None:
        mark = reading.mark
        for receiver in self._hub.mirrors_of(mark.userid):
            if receiver is not but_for:
                receiver.offer_latest((ReadMark, mark.to), mark, is_own=True)
        if reading.is_shared:
            assert isinstance(mark.to, str)
            for receiver in self._hub.mirrors_of(mark.to):
                receiver.offer_latest((ReadMark, mark.userid, mark.to), mark, is_own=False)
