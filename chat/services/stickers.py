"""Pictures and emotions that people have saved from messages, to send them again. One is shown as long as the
message from which it was saved last is not recalled; it stays if that is pruned."""

from django.db import transaction

from accounts.codes import Cause, Name
from chat.failures import CommandRefused
from chat.reading import selectors
from log.amendments import AS_SENT, latest_of, recalls_of
from log.models import Message, Sticker
from log.rows import Entry, LogId
from uploads.names import stem_of
from uploads.selectors import picture_path

MAX_STICKERS = 200
MAX_CHARACTERS = 300


def stickers_of(userid: str) -> list[Sticker]:
    """Saved last first."""
    stickers = list(Sticker.objects.filter(user=userid).order_by("-id"))
    recalled = recalls_of({sticker.message_id for sticker in stickers})
    return [sticker for sticker in stickers if sticker.message_id not in recalled]


def save(userid: str, message_id: LogId) -> None:
    """Save what is in this message, once. Raises CommandRefused if the person may not read it, if it is
    recalled, or no picture of ours and no emotion, and if there are too many."""
    message = selectors.readable_messages(userid, [message_id]).get(message_id)
    now = latest_of([message_id], userid).get(message_id, AS_SENT)
    if message is None or now.recalled or now.hidden:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    content = _content_of(message)
    own = Sticker.objects.filter(user=userid)
    # Of two calls at once, both may count one less: no harm.
    if own.count() >= MAX_STICKERS and not own.filter(content=content).exists():
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_STICKERS} stickers can be saved")
    stem = stem_of(content.rpartition("/")[2]) if message.kind == "picture" else ""
    fields = {"kind": message.kind, "stem": stem, "message_id": message_id}
    with transaction.atomic():
        # Who erases the message waits for this, or has done it.
        there = Message.objects.select_for_update().filter(pk=message_id).exclude(content="")
        if there.first() is None:
            raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
        Sticker.objects.update_or_create(user_id=userid, content=content, defaults=fields)


def remove(userid: str, sticker: int) -> bool:
    """Whether the person had it."""
    gone, _ = Sticker.objects.filter(user=userid, pk=sticker).delete()
    return gone > 0


def _content_of(message: Entry) -> str:
    """What is kept, and sent again."""
    content = picture_path(message.content) if message.kind == "picture" else message.content
    if message.kind not in ("picture", "emotion") or not content or len(content) > MAX_CHARACTERS:
        raise CommandRefused(Name.INVALID, "only pictures and emotions can be saved as stickers")
    return content
