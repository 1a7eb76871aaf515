"""The definition of a kind of messages. Pure."""

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
    """Return the fields of the Struct with the default UNSET, as `with_fields` takes them."""
    return [(field.name, field.type, UNSET) for field in structs.fields(shape)]


class Responding(NamedTuple):
    """How people respond to messages of a kind: each person has one answer, which they may replace or retract
    until the message is closed. Commands, API, events, webhooks, exports and access rules are made from this.

    `command`, `closing`: the names of the commands to respond and to close. `sent`: the Struct with the
    fields of the former. `path`: its path in the API. `stored(sent)`: the list to store, empty to retract.
    `check(part, value)`: raises ValueError if the answer is not valid for a message with this part.
    `is_over(part, now)`: whether the message has closed by itself by the second `now`.
    `results`: the Struct that clients get, with `mine` and `closed`; each field may be missing.
    `counted(part, responses, now)`: counts the responses into it. `lines(part, results)`: formats it for
    exports.
    `in_text(part, text)`: the answer that a user of a shipped app gives with this text; None if none.
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
    """A kind of messages. `name`: in the log, in JSON, and in the legacy dialect if it has a verb.

    `english`, `chinese`: the label that lists, quotes and pushes show in brackets instead of the message.
    `has_verb`: the shipped apps know the kind. They are never updated, so kinds added later have no verb.
    `in_words(content, language)`: the whole message as a text, for the shipped apps and for exports, if the
    kind has no verb. Without this function they get the label.
    `link(content)`: a URL, or a path of this server, that the shipped apps get below that text.
    `media`: the media type, before its slash, of the files that such a message refers to.
    `part`: the field of the message for everything besides its content. `shape`: the Struct that clients get
    in it. `sent`: the Struct that they send in it. `stored(content, sent)`: returns the content and the
    details to store; raises ValueError with what is wrong.
    `for_clients(content)`: converts the stored content into the content that clients get and other fields of
    the message. Without it, clients get the stored content.
    `part_for_clients(part, convert)`: converts the stored part into the one that clients get. `convert` does
    the same for the fields of a message.
    `searchable(content, details)`: the whole text for search and rules. Without it, the content.
    `file_name(content)`: the name of its file, for rules and exports.
    `has_paths`: the text for the shipped apps holds paths of this server.
    `responding`: how people respond to it.
    `is_text`: the content is a text that people read: it is searched, and rules may flag it.
    `is_screened`: rules may refuse, mask or hold it.
    `is_made_here`: only the server makes it; nobody can send it.
    `is_of_bots`: only bots and backends send it.
    `example`: a content for the console, where `{origin}` stands for the origin of the page.
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
        """Whether it holds a file of any type, which is stored unconverted."""
        return self.media == DOCUMENT

    def label(self, language: str) -> str:
        return self.chinese if language == CHINESE else self.english

    @property
    def with_results(self) -> type[Struct]:
        """The Struct that pages of messages have in `part`: the shape with the results of responses."""
        assert self.shape
        if self.responding is None:
            return self.shape
        return with_fields(optional_fields(self.responding.results))(self.shape)

    def preview(self, language: str) -> str:
        """Return the label in brackets, which lists show instead of the message."""
        return f"[{self.label(language)}]"
