"""Composes and parses XMPP stanzas, as far as a load generator needs it. Pure.

Over WebSocket each text is one whole stanza (RFC 7395), so its end is known without parsing. The load
generator's own addresses and bodies consist of letters and digits, so nothing needs escaping. Servers quote
attributes with either kind of quote.
"""

from typing import NamedTuple

DOMAIN = "localhost"
ROOMS = f"conference.{DOMAIN}"

ENDPOINT = "/xmpp-websocket"
SUBPROTOCOL = "xmpp"

# RFC 7395 and RFC 6120: from the first text to a stream with a resource bound to it.
OPEN = f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{DOMAIN}' version='1.0'/>".encode()
FEATURES = b"<stream:features"
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
SUCCESS = b"<success"
CLOSE = b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
BIND = b"<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"

# XEP-0045: an occupant who enters gets the room's subject last.
SUBJECT = b"<subject"

# The number of archived messages that any server gives at once.
PAGE = 50

# XEP-0092.
VERSION = (
    f"<iq xmlns='jabber:client' type='get' to='{DOMAIN}' id='version'><query xmlns='jabber:iq:version'/></iq>"
).encode()

_BODY, _BODY_END = b"<body>", b"</body>"
_ERRORS = (b"type='error'", b'type="error"', b"<failure", b"<stream:error")


class RoomMessage(NamedTuple):
    """A message in a room, with its sender's nickname."""

    nickname: bytes
    content: bytes


def address(room: str) -> str:
    """Return the address of a room."""
    return f"{room}@{ROOMS}"


def enter(room: str, nickname: str) -> bytes:
    """Return a stanza that enters a room without its earlier messages."""
    return (
        f"<presence xmlns='jabber:client' to='{address(room)}/{nickname}'>"
        "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
    ).encode()


def configure(room: str) -> bytes:
    """Return a stanza that opens a new room, in which only the presence of moderators is broadcast."""
    return (
        f"<iq xmlns='jabber:client' type='set' to='{address(room)}' id='configure'>"
        "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
        "<field var='muc#roomconfig_presencebroadcast'><value>moderator</value></field>"
        "</x></query></iq>"
    ).encode()


def groupchat(room: str, content: bytes) -> bytes:
    """Return a message to everybody in a room."""
    return (
        f"<message xmlns='jabber:client' to='{address(room)}' type='groupchat'><body>".encode()
        + content
        + b"</body></message>"
    )


def read_groupchat(text: bytes) -> RoomMessage | None:
    """Parse a message. Return None for any other stanza."""
    begin = text.find(_BODY)
    if begin < 0:
        return None
    start = begin + len(_BODY)
    return RoomMessage(_nickname(text), text[start : text.index(_BODY_END, start)])


def page(room: str, after: str) -> bytes:
    """Return a request for a page of a room's archive (XEP-0313) after the position `after`; empty: the first
    page."""
    position = f"<after>{after}</after>" if after else ""
    return (
        f"<iq xmlns='jabber:client' type='set' to='{address(room)}' id='page'><query xmlns='urn:xmpp:mam:2'>"
        f"<set xmlns='http://jabber.org/protocol/rsm'><max>{PAGE}</max>{position}</set></query></iq>"
    ).encode()


def read_archived(text: bytes) -> RoomMessage | None:
    """Parse a message of a room's archive. Return None for any other stanza."""
    _, separator, forwarded = text.partition(b"<forwarded")
    return read_groupchat(forwarded[forwarded.index(b"<message") :]) if separator else None


def read_last(text: bytes) -> str:
    """Return the archive position of a page's last message; empty for an empty page."""
    return _element(text, b"last").decode()


def read_version(text: bytes) -> str:
    """Parse the server's answer to VERSION."""
    return _element(text, b"version").decode()


def is_result(text: bytes, identifier: str) -> bool:
    """Whether the text is the answer to the request with this id. Errors must be excluded before."""
    name = identifier.encode()
    return text.startswith(b"<iq") and (b"id='%b'" % name in text or b'id="%b"' % name in text)


def is_error(text: bytes) -> bool:
    """Whether the text is an error."""
    return any(sign in text for sign in _ERRORS)


def _nickname(text: bytes) -> bytes:
    start = text.index(b" from=") + len(b" from=")
    end = text.index(text[start : start + 1], start + 1)
    return text[text.index(b"/", start, end) + 1 : end]


def _element(text: bytes, name: bytes) -> bytes:
    """Return the text of the first element of this name."""
    _, _, rest = text.partition(b"<%b>" % name)
    return rest.partition(b"</")[0]
