"""Growing answers of bots: people read them while the bots write them.

The growth is not in the log: when the answer is complete, the bot sends it as a usual message with the same
cid. If the bot falls silent, the process that last received text from it sends the answer in its place.

Readers get new text in rounds, so that a fast bot costs no more than a slow one. New text is checked by the
moderation rules; after text that they forbid, nothing more is shown.
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

# The pause before a round, and the most work in one. The next round continues where a round has ended.
ROUND_SECONDS, MAX_WORK_SECONDS = 0.05, 0.003
# How often an answer is published although it has not grown: for devices that have connected since, and for
# other processes.
REPEAT_SECONDS = 5.0
# A process that receives nothing about an answer of another one for this long forgets it.
FORGET_SECONDS = 3 * REPEAT_SECONDS
# An answer that has not grown for this long is sent as it is.
SILENT_SECONDS = 60.0
# An answer that its bot has sent and that is not in the log after this time was refused.
SENT_SECONDS = 5.0
# The most answers of a bot at once, and the most answers and characters of all bots in this process.
MAX_ANSWERS_PER_BOT, MAX_ANSWERS, MAX_CHARACTERS = 8, 200, 4_000_000
# How much new text of an answer the rules check in a round, with how much of the text before it, and how
# often they check the same text.
MAX_CHECKED_CHARACTERS, OVERLAP_CHARACTERS, MAX_CHECKS = 4000, 500, 10
# The whole text is sent to other processes again after one second for each so many of its characters, and
# after at least one second.
CHARACTERS_PER_RESEND_SECOND = 16_000

UNKNOWN = Failure(Name.CONFLICT, "send all of the answer: how it begins is not known here")
TOO_MANY = Failure(Name.CONFLICT, f"at most {MAX_ANSWERS_PER_BOT} answers grow at once")
NO_ROOM = Failure(Name.TRY_AGAIN, "too many answers grow now, try again")


class GrowingAnswer:
    """`text`: the text so far. `allowed_length`: how much of it the rules allow to be shown. `checks`: how
    often the next text was checked. `posted_length`: how much other processes were sent. `is_ours`: this
    process received the text from the bot. `is_sent`: the bot has sent the message. `checked_at`: when the
    bot's permission was read. `shown`: for each device, its drop count and how much it was sent."""

    __slots__ = (
        "allowed_length",
        "checked_at",
        "checks",
        "cid",
        "grown_at",
        "is_ours",
        "is_sent",
        "notified_at",
        "posted_all_at",
        "posted_length",
        "shown",
        "text",
        "to",
        "userid",
    )

    def __init__(self, userid: str, to: Recipient, cid: str) -> None:
        self.userid, self.to, self.cid = userid, to, cid
        self.text, self.is_ours, self.is_sent = "", True, False
        self.allowed_length = self.checks = self.posted_length = 0
        self.grown_at = self.checked_at = self.notified_at = self.posted_all_at = float("-inf")
        self.shown: dict[Receiver, tuple[int, int]] = {}

    @property
    def timeout(self) -> float:
        """After how many seconds without growth the answer is given up."""
        if self.is_sent:
            return SENT_SECONDS
        return SILENT_SECONDS if self.is_ours else FORGET_SECONDS

    def replace(self, text: str) -> None:
        if not text.startswith(self.text):
            self.allowed_length = self.checks = self.posted_length = 0
            self.shown = {}
        self.text = text

    def growth(self, start: int, end: int | None = None, *, is_done: bool = False) -> Growth:
        return Growth(self.userid, self.to, self.cid, start, self.text[start:end], is_done)


class _Author(Caller):
    """The author of an answer that this process sends. It is not charged again: the growth was charged."""

    def charge(self, bytes_: int) -> None:
        pass


class Growing:
    """The growing answers of bots. `receivers_of_others(userid, to)` returns the devices of the other people
    in the conversation; `notify_typing(userid, to)` notifies these that the person types. `post(event, to)`
    sends to the other processes, if there are any."""

    def __init__(
        self,
        hub: Hub,
        writer: LogWriter,
        driver: Driver,
        receivers_of_others: Callable[[str, Recipient], Collection[Receiver]],
        notify_typing: Callable[[str, Recipient], None],
        post: Post,
        clock: Callable[[], float],
    ) -> None:
        self.answers: dict[tuple[str, str], GrowingAnswer] = {}
        self._hub, self._writer, self._driver = hub, writer, driver
        self._receivers_of_others, self._notify_typing = receivers_of_others, notify_typing
        self._post, self._clock = post, clock
        self._changed: dict[tuple[str, str], GrowingAnswer] = {}
        self._has_changed = asyncio.Event()
        self._characters = 0
        hub.growing, hub.on_grown = self.answers, self._on_stored
        hub.on_leaving.append(self._on_leaving)
        hub.on_block.append(self._on_block)

    def was_allowed_recently(self, userid: str, command: Grow) -> bool:
        """Return whether the permission of the bot for this answer was read a short time ago."""
        answer = self.answers.get((userid, command.cid))
        if answer is None or answer.to != command.to:
            return False
        is_member = isinstance(command.to, int) and self._hub.may_write(userid, command.to)
        return is_member or self._clock() < answer.checked_at + REPEAT_SECONDS

    def grow(self, userid: str, command: Grow, *, is_checked: bool) -> None:
        """Add the text of `command` to an answer, or begin one. `is_checked`: the permission of the bot was
        read just now. Raises CommandRefused."""
        answer = self.answers.get((userid, command.cid))
        if answer is None or answer.to != command.to:
            if command.more:
                raise CommandRefused.because(UNKNOWN)
            answer = self._begin(userid, command.to, command.cid)
        self._set_text(answer, answer.text + command.content if command.more else command.content)
        if is_checked:
            answer.checked_at = self._clock()
        answer.is_ours, answer.is_sent = True, False
        self._schedule(answer)

    def note_sent(self, userid: str, cid: str) -> None:
        """Note that the bot sends the message now. If it is not in the log soon, it was refused."""
        if answer := self.answers.get((userid, cid)):
            answer.is_sent, answer.grown_at = True, self._clock()

    def abort(self, userid: str, cid: str) -> None:
        """End the answer at all processes, because the bot may no longer write."""
        if answer := self.answers.get((userid, cid)):
            self._end(answer)
            self._post(answer.growth(0, 0, is_done=True), "")

    def on_message(self, growth: Growth) -> None:
        """Apply growth that another process has received from a bot."""
        answer = self.answers.get((growth.userid, growth.answer))
        if growth.is_done:
            if answer:
                self._end(answer)
            return
        try:
            if answer is None or answer.to != growth.to:
                if growth.at:
                    return  # the whole text follows soon
                answer = self._begin(growth.userid, growth.to, growth.answer)
            if growth.at in (0, len(answer.text)):
                self._set_text(answer, answer.text[: growth.at] + growth.content)
        except CommandRefused:
            return  # this process has no room for it
        answer.is_ours = False
        self._schedule(answer)

    async def run(self) -> None:
        """Send new text to readers until cancelled."""
        while True:
            await self._has_changed.wait()
            await asyncio.sleep(ROUND_SECONDS)
            until = self._clock() + MAX_WORK_SECONDS
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

    async def run_timeouts(self) -> None:
        """Send the answers that their bots have abandoned, until cancelled."""
        while True:
            await asyncio.sleep(1)
            now = self._clock()
            for answer in list(self.answers.values()):
                if now > answer.grown_at + answer.timeout:
                    await self._finish_abandoned(answer)
                elif answer.is_ours and now > answer.notified_at + REPEAT_SECONDS:
                    self._changed[answer.userid, answer.cid] = answer
                    self._has_changed.set()

    def change_account_status(self, row: AccountStatusChange) -> None:
        """See StatusListener. End the answers of a bot that may no longer write."""
        if row.change.banned or row.change.muted or row.change.ended:
            self._end_all(lambda answer: answer.userid == row.userid)

    def _on_stored(self, message: Entry) -> None:
        self._end(self.answers[message.sender, str(message.cid)])

    def _on_leaving(self, userids: Collection[str]) -> None:
        self._end_all(lambda answer: isinstance(answer.to, int) and answer.userid in userids)

    def _on_block(self, change: Reach) -> None:
        self._end_all(lambda answer: answer.userid == change.other and answer.to == change.userid)

    def _end_all(self, condition: Callable[[GrowingAnswer], bool]) -> None:
        """End the answers for which `condition` is true. A bot that may continue is asked to send the whole
        answer, by the error UNKNOWN."""
        for answer in [answer for answer in self.answers.values() if condition(answer)]:
            self._end(answer)

    def _begin(self, userid: str, to: Recipient, cid: str) -> GrowingAnswer:
        if len(self.answers) >= MAX_ANSWERS:
            raise CommandRefused.because(NO_ROOM)
        if sum(answer.userid == userid for answer in self.answers.values()) >= MAX_ANSWERS_PER_BOT:
            raise CommandRefused.because(TOO_MANY)
        if earlier := self.answers.get((userid, cid)):
            self._end(earlier)
        answer = self.answers[userid, cid] = GrowingAnswer(userid, to, cid)
        self._hub.account_status.watch(userid, self)
        return answer

    def _set_text(self, answer: GrowingAnswer, text: str) -> None:
        max_bytes: int = settings.IM66.max_text_bytes
        if len(text) > max_bytes or (len(text) > max_bytes // 4 and size(text) > max_bytes):
            raise CommandRefused(Name.TOO_LONG, f"an answer has at most {max_bytes} bytes")
        if self._characters + len(text) - len(answer.text) > MAX_CHARACTERS:
            raise CommandRefused.because(NO_ROOM)
        self._characters += len(text) - len(answer.text)
        answer.replace(text)

    def _schedule(self, answer: GrowingAnswer) -> None:
        answer.grown_at = self._clock()
        self._changed[answer.userid, answer.cid] = answer
        self._has_changed.set()

    def _end(self, answer: GrowingAnswer) -> None:
        """Forget the answer, and notify its readers that it is done."""
        key = answer.userid, answer.cid
        if self.answers.get(key) is not answer:
            return
        del self.answers[key]
        self._changed.pop(key, None)
        self._characters -= len(answer.text)
        if not any(userid == answer.userid for userid, _ in self.answers):
            self._hub.account_status.unwatch(answer.userid, self)
        encoded: dict[object, str | None] = {}
        for receiver in self._receivers_of_others(answer.userid, answer.to):
            if receiver in answer.shown:
                crowded = len(answer.shown) > MAX_STARTS_PER_STEP
                receiver.offer_fleeting(answer.growth(0, 0, is_done=True), encoded, crowded=crowded)

    def _notify(self, answer: GrowingAnswer) -> None:
        now = self._clock()
        is_repeated = now > answer.notified_at + REPEAT_SECONDS
        if is_repeated:
            answer.notified_at = now
        if answer.is_ours:
            self._notify_processes(answer, now)
        if checking.needs_check("text"):
            # The external checker cannot check each piece. Readers see that the bot types.
            self._notify_typing(answer.userid, answer.to)
            return
        self._check_text(answer)
        others = self._receivers_of_others(answer.userid, answer.to)
        encoded: dict[int, dict[object, str | None]] = {}
        shown: dict[Receiver, tuple[int, int]] = {}
        for receiver in others:
            # A device that has dropped frames may have lost what it was sent last.
            drop_count, start = answer.shown.get(receiver, (receiver.drop_count, 0))
            if drop_count != receiver.drop_count:
                drop_count, start = receiver.drop_count, 0
            if start < answer.allowed_length or is_repeated or receiver not in answer.shown:
                growth = answer.growth(start, answer.allowed_length)
                crowded = len(others) > MAX_STARTS_PER_STEP
                if not receiver.offer_fleeting(growth, encoded.setdefault(start, {}), crowded=crowded):
                    continue
            shown[receiver] = drop_count, answer.allowed_length
        answer.shown = shown
        if answer.allowed_length < len(answer.text) and answer.checks < MAX_CHECKS:
            self._changed[answer.userid, answer.cid] = answer

    def _notify_processes(self, answer: GrowingAnswer, now: float) -> None:
        pause = max(1.0, len(answer.text) / CHARACTERS_PER_RESEND_SECOND)
        if now > answer.posted_all_at + pause:
            answer.posted_all_at, answer.posted_length = now, 0
        self._post(answer.growth(answer.posted_length), "")
        answer.posted_length = len(answer.text)

    def _check_text(self, answer: GrowingAnswer) -> None:
        """Check the next text of the answer by the moderation rules. A word may look forbidden only until the
        rest of it has come, so the same text is checked up to MAX_CHECKS times."""
        start = answer.allowed_length
        if start == len(answer.text) or answer.checks >= MAX_CHECKS:
            return
        end = min(len(answer.text), start + MAX_CHECKED_CHARACTERS)
        is_allowed = screening.allows(answer.to, answer.text[max(0, start - OVERLAP_CHARACTERS) : end])
        answer.allowed_length, answer.checks = (end, 0) if is_allowed else (start, answer.checks + 1)

    async def _finish_abandoned(self, answer: GrowingAnswer) -> None:
        """End the answer at all processes, and send it if the bot has not."""
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
        """Send the answer as it is. Raises as `sending.send`."""
        userid = answer.userid
        command = Send("text", answer.to, answer.text, "", answer.cid)
        plan = sending.send(
            _Author(Person(userid, muted=False, delivered_id=0), ""), command, settings.IM66.public_url
        )
        last = await advance(plan, next(plan), partial(self._driver.run_step, userid))
        assert isinstance(last, Append)
        with suppress(StopIteration):
            plan.send(await (await self._writer.enqueue(last.draft, None)))
