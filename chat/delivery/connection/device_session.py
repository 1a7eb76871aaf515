"""A session on a device that keeps its own place in the log."""

from collections.abc import Callable, Iterable
from functools import partial

from django.conf import settings

from accounts.authentication.authentication import Claim
from chat import access, devices
from chat.delivery import runtime
from chat.delivery.connection.client_link import ClientLink, Needs
from chat.delivery.connection.ephemeral_commands import EphemeralCommands
from chat.delivery.connection.outbox import Answer
from chat.delivery.connection.pace import AckPace
from chat.delivery.connection.session import Session, check_connections
from chat.delivery.runtime import Runtime
from chat.devices import DeviceKey
from chat.protocol.commands import Amend, Hello, MarkRead, Send, Type, WatchPresence
from chat.protocol.events import CaughtUp, Event, Gap
from chat.protocol.extensions import is_wanting
from chat.protocol.replies import Accepted, Amended, Done, Failure, Me, Online, Unread, Welcome
from chat.protocol.rows import EDIT, REACTION, LogId
from chat.services import amending, screening
from chat.services.amending import Aim
from chat.stored_rows import OFF
from chat.writing.log import Draft
from server.sockets import Rest

FEATURES = ("edit", "recall", "react", "reply", "read", "ack", "typing", "presence", "lists")


async def open_device_session(
    claim: Claim,
    hello: Hello,
    client: ClientLink,
    end: Callable[[Failure], None],
) -> "DeviceSession":
    """Like session.open_session, for a client that says where to go on. Nothing is sent before `start`."""
    run = await runtime.current()
    check_connections(run, claim.userid, client.needs)
    session = DeviceSession(run, claim, hello, client, end)
    await session.begin(claim, 0)
    return session


class DeviceSession(Session):
    """It begins where the client says, or where the device it names has acknowledged, or at the end of the
    log. It confirms nothing for other connections of the person: a phone must not miss what the browser
    has."""

    keeps_place = True

    def __init__(
        self,
        run: Runtime,
        claim: Claim,
        hello: Hello,
        client: ClientLink,
        end: Callable[[Failure], None],
    ) -> None:
        # What has no name cannot acknowledge anything, so nothing is held back from it.
        self._pace = AckPace() if hello.device else None
        super().__init__(run, claim, client, end, self._pace)
        self._ephemeral_commands = EphemeralCommands(
            run, claim.userid, claim.address, self._feed, self._permit
        )
        self._hello = hello
        self._device: DeviceKey | None = (claim.userid, hello.device) if hello.device else None
        self._send_text = client.send
        self._acked_id = 0
        self._has_caught_up = False
        self._head = 0
        self._start_id = 0
        self._gap: Gap | None = None
        self._has_started = False

    @staticmethod
    def lacks_names(needs: Needs, extension: str) -> bool:
        return is_wanting(extension, fills=needs.extensions)

    async def begin(self, claim: Claim, after: LogId) -> None:
        await super().begin(claim, after)
        try:
            await self._find_place()
        except BaseException:
            self.leave()
            raise

    async def welcome(self) -> Welcome:
        """The answer to Hello. Raises DatabaseError."""
        named = await self._run.names.of_person(self.userid)
        ours = settings.IM66
        limits = {
            "frame": ours.max_frame_bytes,
            "text": ours.max_text_bytes,
            "extension": ours.max_extension_bytes,
            "recall": ours.recall_seconds,
        }
        user = Me(self.userid, named.name, named.picture)
        return Welcome(user, self._run.log_name, self._head, ours.heartbeat_seconds, limits, FEATURES)

    @property
    def has_started(self) -> bool:
        return self._has_started

    async def start(self) -> None:
        """Send what is due, and then what comes. Raises ConnectionGone."""
        self._has_started = True
        if self._gap and (text := self._codec.encode(self._gap)):
            await self._send_text(text)
        if not self._has_left:
            self._feed.start(self._start_id)

    def leave(self) -> None:
        super().leave()
        self._ephemeral_commands.leave()

    async def close(self, *, clean: bool) -> None:
        """End the session. It ends even if this call is cancelled."""
        self.leave()
        if self._link:
            self._link.unfollow()
        if self._device:
            await self._run.device_cursors.write(self._device)

    def confirm(self, entry_id: int) -> None:
        """The client tells by itself what has arrived."""

    def acknowledge(self, upto: LogId) -> None:
        """Everything up to `upto` has arrived at the device. Raises Refused for a device without a name."""
        access.may_acknowledge(self._device)
        assert self._device
        assert self._pace
        upto = min(upto, max(self._feed.sent_id, self._run.hub.cursor))
        self._pace.acknowledge(upto)
        if upto > self._acked_id:
            self._acked_id = upto
            self._run.device_cursors.note(self._device, upto)

    def send(self, command: Send, base_url: str, answer: Answer) -> Rest | None:
        if command.reply is None:
            return super().send(command, base_url, answer)
        check = partial(amending.check_reply, self.userid, command.to, command.reply)
        return partial(self._check_and_send, check, partial(super().send, command, base_url, answer))

    async def _check_and_send(self, check: Callable[[], None], send: Callable[[], Rest | None]) -> None:
        await self._run.threads.read(check)
        if rest := send():
            await rest()

    async def amend(self, command: Amend, answer: Callable[[Amended | Failure], None]) -> None:
        """Like `send`, for an amendment."""
        bytes_ = self._outbox.check(command.content)
        # Whoever gives a reaction, takes it back and gives it again at once has not given it before.
        await self._outbox.settle()
        aim = await self._run.threads.read_page(self.userid, partial(amending.aim, self.userid, command))
        if isinstance(aim, Amended):
            answer(aim)
            return
        content = command.content
        # A reaction may be any short text.
        if command.kind in (EDIT, REACTION):
            content = await screening.edited(self.userid, aim.to, content)
        changed = None if content is command.content else content
        draft = self._draft(command, aim, content)
        if aim.is_held:
            amended = await self._run.threads.write(partial(amending.amend_held, draft))
            answer(amended._replace(content=changed))
            return
        if rest := self._outbox.put(draft, bytes_, None, partial(_answer_amended, answer, changed)):
            await rest()

    async def do_ephemeral(self, command: MarkRead | Type | WatchPresence) -> Done | Online | Unread:
        """See EphemeralCommands.do."""
        return await self._ephemeral_commands.do(command)

    def _draft(self, command: Amend, aim: Aim, content: str) -> Draft:
        return Draft(
            command.kind,
            self.userid,
            aim.to,
            content,
            "" if command.is_on else OFF,
            self._address,
            aim.target,
            origin=self._origin,
        )

    def _begin_feed(self, after: LogId) -> None:
        """It begins with `start`."""

    def _caught_up(self, upto: LogId) -> Iterable[Event]:
        if not self._has_caught_up:
            self._has_caught_up = True
            yield CaughtUp(upto)

    async def _find_place(self) -> None:
        since, hub = self._hello.since, self._run.hub
        if since is None:
            since = await self._acknowledged()
        elif since > hub.cursor:
            await hub.reach(since)  # another process may have sent it
        self._head = hub.cursor
        if since is None:
            self._start_id = self._head
        elif since > self._head or self._hello.log not in (None, self._run.log_name):
            self._gap, self._start_id = Gap(since, self._head), self._head
        else:
            self._start_id = since

    async def _acknowledged(self) -> LogId | None:
        """What the device has acknowledged, if it has a name that the server knows."""
        if self._device is None:
            return None
        noted = self._run.device_cursors.noted(self._device)
        stored = await self._run.threads.read(partial(devices.acked_id, self._device))
        return stored if stored is None and not noted else max(stored or 0, noted)


def _answer_amended(
    answer: Callable[[Amended | Failure], None], content: str | None, result: Accepted | Failure
) -> None:
    answer(Amended(result.id, content) if isinstance(result, Accepted) else result)
