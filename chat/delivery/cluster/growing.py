"""Answers of bots that grow: people read them while they are being written.

Nothing of that is in the log: a bot that is done sends the whole answer, as any message, under the same cid.
If the bot falls silent, the process that has heard it last does so in its place.

Readers get what is new to them in rounds, so that a bot costs no more the faster it writes. The rules of the
desk are asked about what is new; where they forbid it, nothing more is shown.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.db import Error as AnyDatabaseError

from accounts.authentication.authentication import Person
from accounts.codes import Failed, Name
from chat.delivery.cluster.presence import Post
from chat.delivery.loop.driving import Driver, advance
from chat.delivery.loop.fanout import MAX_STARTS_PER_STEP, Receiver
from chat.delivery.loop.hub import Hub
from chat.delivery.loop.writer import LogWriter
from chat.failures import CommandRefused
from chat.protocol.bounds import size
from chat.protocol.commands import Grow, Send
from chat.protocol.events import Growth
from chat.protocol.replies import Failure
from chat.services import checking, screening, sending
from chat.services.plans import Append
from chat.services.sending import Caller
from log.rows import AccountStatusChange, Entry, Reach, Recipient

logger = logging.getLogger(__name__)

# Readers are notified at most once in so many seconds. A round takes so many of these; the next goes on
# there.
ROUND_SECONDS, WORK_SECONDS = 0.05, 0.003
# How often it is repeated that an answer still grows: to devices that have come since, and to other
# processes.
REPEAT_SECONDS = 5.0
# Who hears nothing for so long forgets it.
FORGET_SECONDS = 3 * REPEAT_SECONDS
# An answer that has not grown for so long is sent as it is.
SILENT_SECONDS = 60.0
# One that was sent, and is not in the log after so long, was refused.
SENT_SECONDS = 5.0
# Of one bot, and in this process: answers at once, and characters of all of them.
MAX_OF_BOT, MAX_ANSWERS, MAX_CHARACTERS = 8, 200, 4_000_000
# Of one answer, the rules are asked about so much in a round, with as much of what came before; and so often
# about the same.
LOOK_CHARACTERS, OVERLAP_CHARACTERS, MAX_LOOKS = 4000, 500, 10
# Other processes get all of an answer again after as many seconds as it has times of these, at least one.
COMPLETE_CHARACTERS = 16_000

UNKNOWN = Failure(Name.CONFLICT, "send all of the answer: how it begins is not known here")
TOO_MANY = Failure(Name.CONFLICT, f"at most {MAX_OF_BOT} answers grow at once")
NO_ROOM = Failure(Name.TRY_AGAIN, "too many answers grow now, try again")


class GrowingAnswer:
    """`text`: as much as has come; `safe`: as much of it as may be shown. `is_ours`: this process has heard
    it from the bot. `is_sent`: the bot has sent it. `checked_at`: when its rights were. `sent`: which devices
    know how much of it."""

    __slots__ = (
        "checked_at",
        "cid",
        "complete_at",
        "grown_at",
        "is_ours",
        "is_sent",
        "looks",
        "notified_at",
        "posted",
        "safe",
        "sent",
        "text",
        "to",
        "userid",
    )

    def __init__(self, userid: str, to: Recipient, cid: str) -> None:
        self.userid, self.to, self.cid = userid, to, cid
        self.text, self.is_ours, self.is_sent = "", True, False
        self.safe = self.looks = self.posted = 0
        self.grown_at = self.checked_at = self.notified_at = self.complete_at = float("-inf")
        self.sent: dict[Receiver, tuple[int, int]] = {}

    @property
    def patience(self) -> float:
        """For how many seconds it may not grow."""
        if self.is_sent:
            return SENT_SECONDS
        return SILENT_SECONDS if self.is_ours else FORGET_SECONDS

    def replace(self, text: str) -> None:
        if not text.startswith(self.text):
            self.safe = self.looks = self.posted = 0
            self.sent = {}
        self.text = text

    def growth(self, at: int, upto: int | None = None, *, is_done: bool = False) -> Growth:
        return Growth(self.userid, self.to, self.cid, at, self.text[at:upto], is_done)


class _Author(Caller):
    """Is not charged for an answer again."""

    def charge(self, bytes_: int) -> None:
        pass


class Growing:
    """`others(userid, to)`: the devices of those who are with the person in the conversation. `type_(userid,
    to)` tells them that the person types. `post(event, to)` tells the other processes, if there is a way."""

    def __init__(
        self,
        hub: Hub,
        writer: LogWriter,
        driver: Driver,
        others: Callable[[str, Recipient], Collection[Receiver]],
        type_: Callable[[str, Recipient], None],
        post: Post,
        clock: Callable[[], float],
    ) -> None:
        self.answers: dict[tuple[str, str], GrowingAnswer] = {}
        self._hub, self._writer, self._driver = hub, writer, driver
        self._others, self._type, self._post, self._clock = others, type_, post, clock
        self._changed: dict[tuple[str, str], GrowingAnswer] = {}
        self._has_changed = asyncio.Event()
        self._characters = 0
        hub.growing, hub.on_grown = self.answers, self._has_arrived
        hub.on_leaving.append(self._who_left)
        hub.on_block.append(self._who_is_blocked)

    def is_allowed(self, userid: str, command: Grow) -> bool:
        """Whether the bot was allowed lately what it asks for."""
        answer = self.answers.get((userid, command.cid))
        if answer is None or answer.to != command.to:
            return False
        is_member = isinstance(command.to, int) and self._hub.may_write(userid, command.to)
        return is_member or self._clock() < answer.checked_at + REPEAT_SECONDS

    def grow(self, userid: str, command: Grow, *, is_checked: bool) -> None:
        """The bot has written more of an answer. `is_checked`: its rights were read now. Raises
        CommandRefused."""
        answer = self.answers.get((userid, command.cid))
        if answer is None or answer.to != command.to:
            if command.more:
                raise CommandRefused.because(UNKNOWN)
            answer = self._begin(userid, command.to, command.cid)
        self._set_text(answer, answer.text + command.content if command.more else command.content)
        if is_checked:
            answer.checked_at = self._clock()
        answer.is_ours, answer.is_sent = True, False
        self._note(answer)

    def send(self, userid: str, cid: str) -> None:
        """The bot sends it now. If it does not arrive soon, it was refused."""
        if answer := self.answers.get((userid, cid)):
            answer.is_sent, answer.grown_at = True, self._clock()

    def finish(self, userid: str, cid: str) -> None:
        """The bot may no longer go on."""
        if answer := self.answers.get((userid, cid)):
            self._end(answer)
            self._post(answer.growth(0, 0, is_done=True), "")

    def on_message(self, growth: Growth) -> None:
        """Another process has heard this from the bot."""
        answer = self.answers.get((growth.userid, growth.answer))
        if growth.is_done:
            if answer:
                self._end(answer)
            return
        try:
            if answer is None or answer.to != growth.to:
                if growth.at:
                    return  # all of it comes soon
                answer = self._begin(growth.userid, growth.to, growth.answer)
            if growth.at in (0, len(answer.text)):
                self._set_text(answer, answer.text[: growth.at] + growth.content)
        except CommandRefused:
            return  # there is no room to show it here
        answer.is_ours = False
        self._note(answer)

    async def run(self) -> None:
        """Tell readers, until cancelled."""
        while True:
            await self._has_changed.wait()
            await asyncio.sleep(ROUND_SECONDS)
            until = self._clock() + WORK_SECONDS
            for _ in range(len(self._changed)):
                answer = self._changed.pop(next(iter(self._changed)))
                try:
                    self._notify(answer)
                except Exception:
                    logger.exception("An answer of %s is not told of.", answer.userid)
                if self._clock() >= until:
                    break
            if not self._changed:
                self._has_changed.clear()

    async def run_closing(self) -> None:
        """Send what its bot has left, until cancelled."""
        while True:
            await asyncio.sleep(1)
            now = self._clock()
            for answer in list(self.answers.values()):
                if now > answer.grown_at + answer.patience:
                    await self._give_up(answer)
                elif answer.is_ours and now > answer.notified_at + REPEAT_SECONDS:
                    self._changed[answer.userid, answer.cid] = answer
                    self._has_changed.set()

    def change_account_status(self, row: AccountStatusChange) -> None:
        """See StatusListener: what the bot may no longer, readers see no more of."""
        if row.change.banned or row.change.muted or row.change.ended:
            self._drop(lambda answer: answer.userid == row.userid)

    def _has_arrived(self, message: Entry) -> None:
        self._end(self.answers[message.sender, str(message.cid)])

    def _who_left(self, userids: Collection[str]) -> None:
        self._drop(lambda answer: isinstance(answer.to, int) and answer.userid in userids)

    def _who_is_blocked(self, change: Reach) -> None:
        self._drop(lambda answer: answer.userid == change.other and answer.to == change.userid)

    def _drop(self, is_meant: Callable[[GrowingAnswer], bool]) -> None:
        """A bot that still may go on is asked to send the whole answer."""
        for answer in [answer for answer in self.answers.values() if is_meant(answer)]:
            self._end(answer)

    def _begin(self, userid: str, to: Recipient, cid: str) -> GrowingAnswer:
        if len(self.answers) >= MAX_ANSWERS:
            raise CommandRefused.because(NO_ROOM)
        if sum(answer.userid == userid for answer in self.answers.values()) >= MAX_OF_BOT:
            raise CommandRefused.because(TOO_MANY)
        if earlier := self.answers.get((userid, cid)):
            self._end(earlier)
        answer = self.answers[userid, cid] = GrowingAnswer(userid, to, cid)
        self._hub.account_status.watch(userid, self)
        return answer

    def _set_text(self, answer: GrowingAnswer, text: str) -> None:
        most: int = settings.IM66.max_text_bytes
        if len(text) > most or (len(text) > most // 4 and size(text) > most):
            raise CommandRefused(Name.TOO_LONG, f"an answer has at most {most} bytes")
        if self._characters + len(text) - len(answer.text) > MAX_CHARACTERS:
            raise CommandRefused.because(NO_ROOM)
        self._characters += len(text) - len(answer.text)
        answer.replace(text)

    def _note(self, answer: GrowingAnswer) -> None:
        answer.grown_at = self._clock()
        self._changed[answer.userid, answer.cid] = answer
        self._has_changed.set()

    def _end(self, answer: GrowingAnswer) -> None:
        """No more events about it are sent here."""
        key = answer.userid, answer.cid
        if self.answers.get(key) is not answer:
            return
        del self.answers[key]
        self._changed.pop(key, None)
        self._characters -= len(answer.text)
        if not any(userid == answer.userid for userid, _ in self.answers):
            self._hub.account_status.unwatch(answer.userid, self)
        encoded: dict[object, str | None] = {}
        for receiver in self._others(answer.userid, answer.to):
            if receiver in answer.sent:
                crowded = len(answer.sent) > MAX_STARTS_PER_STEP
                receiver.offer_fleeting(answer.growth(0, 0, is_done=True), encoded, crowded=crowded)

    def _notify(self, answer: GrowingAnswer) -> None:
        now = self._clock()
        is_repeated = now > answer.notified_at + REPEAT_SECONDS
        if is_repeated:
            answer.notified_at = now
        if answer.is_ours:
            self._notify_processes(answer, now)
        if checking.asks_about("text"):
            # Nobody can be asked about each piece. They see that it is coming.
            self._type(answer.userid, answer.to)
            return
        self._look(answer)
        others = self._others(answer.userid, answer.to)
        encoded: dict[int, dict[object, str | None]] = {}
        sent: dict[Receiver, tuple[int, int]] = {}
        for receiver in others:
            # What a device that fell behind was sent last may be lost.
            falls, at = answer.sent.get(receiver, (receiver.falls, 0))
            if falls != receiver.falls:
                falls, at = receiver.falls, 0
            if at < answer.safe or is_repeated or receiver not in answer.sent:
                growth = answer.growth(at, answer.safe)
                crowded = len(others) > MAX_STARTS_PER_STEP
                if not receiver.offer_fleeting(growth, encoded.setdefault(at, {}), crowded=crowded):
                    continue
            sent[receiver] = falls, answer.safe
        answer.sent = sent
        if answer.safe < len(answer.text) and answer.looks < MAX_LOOKS:
            self._changed[answer.userid, answer.cid] = answer

    def _notify_processes(self, answer: GrowingAnswer, now: float) -> None:
        pause = max(1.0, len(answer.text) / COMPLETE_CHARACTERS)
        if now > answer.complete_at + pause:
            answer.complete_at, answer.posted = now, 0
        self._post(answer.growth(answer.posted), "")
        answer.posted = len(answer.text)

    def _look(self, answer: GrowingAnswer) -> None:
        """How far it may be shown. A word may only seem to be forbidden until the rest of it has come, so it
        is looked at a few times more."""
        if answer.safe == len(answer.text) or answer.looks >= MAX_LOOKS:
            return
        upto = min(len(answer.text), answer.safe + LOOK_CHARACTERS)
        looked_at = answer.text[max(0, answer.safe - OVERLAP_CHARACTERS) : upto]
        is_allowed = screening.lets(answer.to, looked_at)
        answer.safe, answer.looks = (upto, 0) if is_allowed else (answer.safe, answer.looks + 1)

    async def _give_up(self, answer: GrowingAnswer) -> None:
        self._end(answer)
        if not answer.is_ours:
            return
        self._post(answer.growth(0, 0, is_done=True), "")
        if answer.is_sent or not answer.text.strip():
            return
        try:
            await self._send(answer)
        except (Failed, AnyDatabaseError) as error:
            logger.warning("What %s has written of an answer is lost: %s", answer.userid, error)
        except Exception:
            logger.exception("What %s has written of an answer is lost.", answer.userid)

    async def _send(self, answer: GrowingAnswer) -> None:
        """Send the answer as it stands. Raises as `sending.send`."""
        userid = answer.userid
        command = Send("text", answer.to, answer.text, "", answer.cid)
        plan = sending.send(
            _Author(Person(userid, muted=False, delivered_id=0), ""), command, settings.IM66.public_url
        )
        last = await advance(plan, next(plan), partial(self._driver.run_step, userid))
        assert isinstance(last, Append)
        with suppress(StopIteration):
            plan.send(await (await self._writer.enqueue(last.draft, None)))
