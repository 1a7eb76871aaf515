"""Makes the contents of pushes to devices, from the state at the time of sending."""

import base64
import json
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, get_supported_language_variant, gettext, ngettext, override

from accounts.selectors import Named
from chat.naming import read_names
from chat.protocol.kinds import CHINESE, ENGLISH, TEXTS, preview
from chat.reading.listing import badge_of
from groups.selectors import join_request_counts
from log.rows import Entry, LogId, Recipient, Row, conversation_name
from notifications.bundles import Unread, unread_in_spans
from notifications.events import JOIN_REQUESTED, NOTICE, RECALLED
from notifications.models import Delivery, Person, PushDevice
from notifications.serializing import rows_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

# In characters. Phones show no more, and a push stays below 4,096 bytes, even encrypted and in base64.
MAX_TITLE, MAX_BODY = 60, 200
_INFO = b"im66 push"
_JOINER = "\u200d"
_VARIATIONS, _SKINS = frozenset("\ufe0e\ufe0f"), frozenset("🏻🏼🏽🏾🏿")


class Push(NamedTuple):
    """`message`: the message to show, or to remove from the screen if `is_removal`. `collapse`: a device
    shows only the last push with the same value. `badge`: the number of unread messages in all
    conversations."""

    device: PushDevice
    conversation: str
    message: LogId = 0
    title: str = ""
    body: str = ""
    badge: int = 0
    number: int = 0
    is_removal: bool = False

    @property
    def collapse(self) -> str:
        return salted_hmac(_INFO.decode(), f"{self.device.user_id} {self.conversation}").hexdigest()[:32]

    @property
    def data(self) -> dict[str, str]:
        """The data for the app, encrypted if the app has a key."""
        data = {"conversation": self.conversation, "message": str(self.message), "count": str(self.number)}
        if self.is_removal:
            data["removed"] = "1"
        if not self.device.key:
            return data
        data |= {"title": self.title, "body": self.body}
        return {"encrypted": encrypted(self.device.key, json.dumps(data, ensure_ascii=False).encode())}

    @property
    def alert(self) -> tuple[str, str]:
        """The title and the text for the provider's service, without content if the app has a key."""
        if not self.device.key:
            return self.title, self.body
        with override(language_of(self.device)):
            return "im66", gettext("New messages")


def encrypted(key: str, text: bytes) -> str:
    """Encrypt the text by HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305) for the public key in
    base64. Return the encapsulated key and the ciphertext in base64. Raises ValueError if the key is
    invalid."""
    from cryptography.hazmat.primitives import hpke

    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    return _base64(suite.encrypt(text, _public_key_in(key), info=_INFO))


def _public_key_in(text: str) -> "X25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    return X25519PublicKey.from_public_bytes(base64.b64decode(text + "=", altchars=b"-_", validate=True))


def pushes_for(deliveries: Sequence[Delivery], devices: Mapping[int, PushDevice]) -> dict[int, Push]:
    """Return the pushes by the ids of their deliveries. A delivery with nothing to show any more has none."""
    pushes = dict(_notices([delivery for delivery in deliveries if delivery.event == NOTICE], devices))
    for delivery in deliveries:
        if delivery.event == RECALLED:
            conversation, message = delivery.body.split()
            pushes[delivery.pk] = Push(
                devices[delivery.target_id or 0], conversation, int(message), is_removal=True
            )
        elif delivery.event == JOIN_REQUESTED and (
            push := _join_request_push(delivery, devices[delivery.target_id or 0])
        ):
            pushes[delivery.pk] = push
    return pushes


def language_of(device: PushDevice) -> str:
    try:
        return get_supported_language_variant(device.language.lower())
    except LookupError:
        return settings.LANGUAGE_CODE


def notice_body(conversation: str, after: LogId) -> str:
    """Return the body of a delivery: messages of this conversation after `after` have not been received."""
    return f"{conversation} {after}"


def _notices(deliveries: Sequence[Delivery], devices: Mapping[int, PushDevice]) -> Iterator[tuple[int, Push]]:
    spans: dict[str, tuple[LogId, LogId]] = {}
    for delivery in deliveries:
        after, (low, high) = int(delivery.body.split()[1]), spans.get(delivery.key, (delivery.log_id, 0))
        spans[delivery.key] = min(low, after), max(high, delivery.log_id)
    unread = {
        (userid, conversation_name(span.peer)): span
        for userid, unread_of_person in unread_in_spans(spans).items()
        for span in unread_of_person
    }
    rows = rows_of({span.last for span in unread.values()})
    people = {row.sender for row in rows.values() if isinstance(row, Entry)}
    names = read_names([*people, *{span.peer for span in unread.values()}])
    texts = _people_with_text(spans) if settings.IM66.push_text else set()
    badge = cache(badge_of)
    for delivery in deliveries:
        conversation, _ = delivery.body.split()
        device, span = devices[delivery.target_id or 0], unread.get((delivery.key, conversation))
        if span is not None:
            row = rows.get(span.last) if delivery.key in texts else None
            with override(language_of(device)):
                body = _message_text(row, span, names) if row else _count_text(span)
            title = _display_name(span.peer, names)
            badges = badge(delivery.key)
            body = truncate_text(body, MAX_BODY)
            yield delivery.pk, Push(device, conversation, span.last, title, body, badges, span.number)


def truncate_text(text: str, max_length: int) -> str:
    """Cut the text to at most `max_length` characters, without cutting an emoji apart."""
    while 0 < max_length < len(text) and _is_continued_by(text[:max_length], text[max_length]):
        max_length -= 1
    return text[:max_length]


def _is_continued_by(before: str, after: str) -> bool:
    """Whether the character `after` and the end of `before` are one visible character."""
    if _is_regional(after):
        return sum(1 for _ in takewhile(_is_regional, reversed(before))) % 2 == 1
    is_modifier = unicodedata.combining(after) or after in _VARIATIONS or after in _SKINS
    return bool(is_modifier) or _JOINER in (before[-1], after)


def _is_regional(letter: str) -> bool:
    """Whether the letter is a regional indicator; two of them are a flag."""
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _people_with_text(userids: Collection[str]) -> set[str]:
    return set(Person.objects.filter(user__in=userids, push_text=True).values_list("user", flat=True))


def _count_text(unread: Unread) -> str:
    if unread.mentioned:
        return gettext("You were mentioned")
    return ngettext("%(count)d new message", "%(count)d new messages", unread.number) % {
        "count": unread.number
    }


def _message_text(row: Row, unread: Unread, names: Mapping[Recipient, Named | None]) -> str:
    if not isinstance(row, Entry):
        return _count_text(unread)
    words = CHINESE if get_language().startswith("zh") else ENGLISH
    text = row.content if row.kind in TEXTS else preview(row.kind, words)
    return text if isinstance(unread.peer, str) else f"{_display_name(row.sender, names)}: {text}"


def _display_name(peer: Recipient, names: Mapping[Recipient, Named | None]) -> str:
    named = names.get(peer)
    return truncate_text(named.name if named else conversation_name(peer)[2:], MAX_TITLE)


def _join_request_push(delivery: Delivery, device: PushDevice) -> Push | None:
    """Return a push with the number of requests to join the group; None if there are none any more."""
    group = int(delivery.body)
    count = join_request_counts([group]).get(group, 0)
    if not count:
        return None
    title = _display_name(group, read_names([group]))
    with override(language_of(device)):
        body = ngettext("%(count)d person asks to join", "%(count)d people ask to join", count) % {
            "count": count
        }
    return Push(device, conversation_name(group), 0, title, body, badge_of(delivery.key), count)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
