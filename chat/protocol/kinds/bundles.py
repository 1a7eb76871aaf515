"""Messages of the kind `bundle`: several that were passed on as one. Pure.

The content is what the shipped apps read. What it holds is in the details, as clients get it.
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
    # The other lines repeat what it holds.
    for_clients=lambda content: (content.partition("\n")[0], {}),
    part_for_clients=lambda bundle, convert: {**bundle, "items": list(map(convert, bundle["items"]))},
    has_paths=True,
    is_text=True,
    is_made_here=True,
    example="Ana, Ben (2)",
)
