"""What a kind of messages says of itself. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import UNSET, Struct, structs

from log.details import Responses
from log.group_choices import with_fields

ENGLISH, CHINESE = "en", "zh"
LANGUAGES = (ENGLISH, CHINESE)
DOCUMENT = "application"

Part = dict[str, Any]
Convert = Callable[[dict[str, Any]], dict[str, Any]]


def optional_fields(shape: type[Struct]) -> list[tuple[str, Any, Any]]:
    """Those of the Struct, as `with_fields` takes them."""
    return [(field.name, field.type, UNSET) for field in structs.fields(shape)]


class Responding(NamedTuple):
    """How people respond to messages of a kind: each has one answer, which may be replaced and taken back,
    until it is closed. Commands, API, events, webhooks, exports and rules of access follow it.

    `command`, `closing`: what the commands are called; `sent` has the fields of the first, `path` is where
    the API has it. `stored(sent)`: a list of what the log keeps of them, empty for what is taken back.
    `check(part, value)`: raises ValueError with what is wrong with it for a message with this part.
    `is_over(part, now)`: whether it has closed by itself in the second `now`.
    `results`: what clients get, with `mine` and `closed`; each field may be missing. `counted(part,
    responses, now)`: that of these responses. `lines(part, results)`: the same for exports.
    `in_text(part, text)`: the answer that a shipped app gives by this text; None for any other text.
    """

    command: str
    closing: str
    path: str
    sent: type[Struct]
    stored: Callable[[Any], Any]
    check: Callable[[Any, Any], None]
    is_over: Callable[[Any, float], bool]
    results: type[Struct]
    counted: Callable[[Any, Responses, float], Struct]
    lines: Callable[[Any, Mapping[str, Any]], Iterable[tuple[str, str]]]
    in_text: Callable[[Any, str], Any] = lambda part, text: None


class Kind(NamedTuple):
    """`name`: in the log, in JSON, and for the shipped apps if it has a verb.

    `english`, `chinese`: what lists, quotes and pushes show in brackets for a message of this kind.
    `has_verb`: the shipped apps know it. They never learn another, so a later kind has none.
    `in_words(content, language)`: the whole message as a text. It is what the shipped apps are sent, and what
    exports show, of a kind without a verb; without it they get what lists show.
    `link(content)`: an address, or a path of this server, that the shipped apps get below these words.
    `media`: the media type, before its slash, of the files that such a message refers to.
    `part`: the field of the message that has what is not in its content; `shape`: what clients get there,
    `sent`: what they send there. `stored(content, sent)`: the content and the details that the log keeps;
    raises ValueError with what is wrong.
    `for_clients(content)`: what clients get for the content that the log keeps: the content, and other fields
    of the message; without it the content is what the log keeps.
    `part_for_clients(part, convert)`: what clients get for that field as the log keeps it; `convert` makes of
    a message what clients get.
    `searchable(content, details)`: all that people read of it, for search and rules; without it the content.
    `file_name(content)`: what its file is called, for rules and exports.
    `has_paths`: the words for the shipped apps hold paths of this server.
    `responding`: how people respond to it.
    `is_text`: the content is a text that people read: it is searched, and rules may flag it.
    `is_screened`: rules may refuse, mask or hold it.
    `is_made_here`: nobody can send it; the server makes it.
    `is_of_bots`: only bots and backends send it.
    `example`: a content for the console, where `{origin}` stands for the address of the page.
    """

    name: str
    english: str
    chinese: str
    has_verb: bool = False
    in_words: Callable[[str, str], str] | None = None
    link: Callable[[str], str] = lambda content: ""
    media: str = ""
    part: str = ""
    shape: type[Struct] | None = None
    sent: type[Struct] | None = None
    stored: Callable[[str, Any], tuple[str, str]] = lambda content, sent: (content, "")
    for_clients: Callable[[str], tuple[str, dict[str, Any]]] | None = None
    part_for_clients: Callable[[Part, Convert], Part] | None = None
    searchable: Callable[[str, str], str] | None = None
    file_name: Callable[[str], str] = lambda content: ""
    has_paths: bool = False
    responding: Responding | None = None
    is_text: bool = False
    is_screened: bool = False
    is_of_bots: bool = False
    is_made_here: bool = False
    example: str = ""

    @property
    def is_document(self) -> bool:
        """Whether it is of a file of any type, which is taken as it is."""
        return self.media == DOCUMENT

    def label(self, language: str) -> str:
        return self.chinese if language == CHINESE else self.english

    @property
    def with_results(self) -> type[Struct]:
        """What clients get in `part`, with what was responded: pages have that."""
        assert self.shape
        if self.responding is None:
            return self.shape
        return with_fields(optional_fields(self.responding.results))(self.shape)

    def preview(self, language: str) -> str:
        """What lists show in the place of a message that is no text."""
        return f"[{self.label(language)}]"
