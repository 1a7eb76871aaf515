"""Messages of the kind `bundle`: several messages that were forwarded as one. Pure.

The content is the text for the shipped apps. The details hold the messages for the other clients.
"""

from msgspec import Struct

from chat.protocol.kinds.kind import Kind
from log.details import BUNDLE
from log.rows import Seconds


class _Item(Struct, rename={"sender": "from"}):
    sender: str
    nickname: str
    kind: str
    content: str
    time: Seconds


class _Bundle(Struct):
    title: str
    items: list[_Item]


KIND: Kind = Kind(
    BUNDLE,
    "Chat history",
    "聊天记录",
    in_words=lambda content, language: f"{KIND.preview(language)} {content}",
    part=BUNDLE,
    shape=_Bundle,
    # The other lines repeat the messages of the bundle.
    for_clients=lambda content: (content.partition("\n")[0], {}),
    part_for_clients=lambda bundle, convert: {**bundle, "items": list(map(convert, bundle["items"]))},
    has_paths=True,
    is_text=True,
    is_made_here=True,
    example="Ana, Ben (2)",
)
