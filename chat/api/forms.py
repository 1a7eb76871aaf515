"""The serializers of request bodies and query strings of the message API."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, get_args

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from msgspec import convert, inspect
from rest_framework import serializers

from accounts.api.errors import ApiError
from accounts.api.fields import LARGEST_ID, CustomObject, Flag, MessageId, TextField, Userid, WholeNumber
from accounts.api.paging import CursorField, PageQuery
from accounts.codes import Name
from accounts.names.userids import is_userid
from chat.api.base import parse_peer
from chat.protocol.bounds import is_storable, size
from chat.protocol.frames import Notify
from chat.protocol.kinds import KINDS, OF_BOTS, SENDABLE, SENT_PARTS, TEXTS, Kind, kind_of
from chat.reading.listing import FOLDERS
from log import cards
from log.details import EVERYBODY, MAX_MENTIONS
from log.rows import FILE_KINDS, Recipient
from uploads.selectors import picture_path

DEFAULT_ITEMS, MAX_ITEMS = 50, 200
NOTIFY: tuple[Notify, ...] = get_args(Notify)
_, ONLY_MENTIONS, NOTHING = NOTIFY
# The ids in one request.
MAX_MESSAGES = 100
# Drafts for devices that are behind are queued in memory.
MAX_DRAFT_CHARACTERS = 4000


class PrintableText(TextField):
    """A text without control characters."""

    default_error_messages = {"unfit": "Control characters cannot be sent."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not is_storable(value):
            self.fail("unfit")
        return value


class MentionField(TextField):
    """A userid, or `*`."""

    default_error_messages = {"userid": "Not a userid."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not (value == EVERYBODY or is_userid(value)):
            self.fail("userid")
        return value


class CardField(serializers.Serializer[Any]):
    name = PrintableText(max_length=cards.MAX_FIELD_NAME)
    value = PrintableText(max_length=cards.MAX_FIELD_VALUE, allow_blank=True)


class CardAction(serializers.Serializer[Any]):
    """A button."""

    id = PrintableText(max_length=cards.MAX_ACTION_ID, help_text="What the event `card.pressed` has.")
    label = PrintableText(max_length=cards.MAX_LABEL)  # type: ignore[assignment]


class Card(serializers.Serializer[Any]):
    """What a client shows instead of the text."""

    title = PrintableText(max_length=cards.MAX_TITLE)
    text = PrintableText(required=False, allow_blank=True, default="", max_length=cards.MAX_TEXT)
    picture = PrintableText(required=False, allow_blank=True, default="", help_text="The `url` of an upload.")
    url = PrintableText(required=False, allow_blank=True, default="", max_length=cards.MAX_LINK)
    actions = serializers.ListField(
        child=CardAction(), required=False, default=list, max_length=cards.MAX_ACTIONS
    )

    def get_fields(self) -> dict[str, Any]:
        # A class attribute `fields` would override the serializer's own.
        lines = serializers.ListField(
            child=CardField(), required=False, default=list, max_length=cards.MAX_FIELDS
        )
        return {**super().get_fields(), "fields": lines}

    def validate_url(self, value: str) -> str:
        if value and not cards.is_link(value):
            raise serializers.ValidationError("Not an address that begins with https:// or http://.")
        return value

    def validate_picture(self, value: str) -> str:
        """Another server would learn who reads the card, and when."""
        path = picture_path(value) if value else ""
        if path is None:
            raise serializers.ValidationError("Not a picture that was uploaded here.")
        return path

    def validate_actions(self, value: list[dict[str, str]]) -> list[dict[str, str]]:
        if len({action["id"] for action in value}) < len(value):
            raise serializers.ValidationError("Two have the same id.")
        return value


class NewCard(serializers.Serializer[Any]):
    """What a card is from now on."""

    content = PrintableText(help_text="What lists and the shipped apps show.")
    card = Card()
    custom = CustomObject(required=False, help_text="Without it, what was attached stays.")

    def validate_content(self, value: str) -> str:
        if size(value) > (most := settings.IM66.max_text_bytes):
            raise _too_long("content", most)
        return value


def request_serializer_of(struct: Any, name: str) -> type[serializers.Serializer[Any]]:
    """Make the serializer of a request body that has the fields of the Struct."""
    known: Any = inspect.type_info(struct)
    fields = {
        field.name: _serializer_field(field.type)
        if field.required
        else _serializer_field(field.type, required=False, default=field.default)
        for field in known.fields
    }
    return type(name, (serializers.Serializer,), {"__doc__": struct.__doc__, **fields})


def _part_serializer(kind: Kind) -> serializers.Serializer[Any]:
    """Make the serializer of the part that a message of this kind has besides its content."""
    form = request_serializer_of(kind.sent, kind.part.title())
    about = f"Of a {kind.english.lower()}."
    made: serializers.Serializer[Any] = form(required=False, allow_null=True, default=None, help_text=about)
    return made


def _serializer_field(type_: inspect.Type, **options: Any) -> serializers.Field[Any, Any, Any, Any]:
    """Make the serializer field of a Struct's field, with its bounds."""
    match type_:
        case inspect.StrType(min_length=least, max_length=most):
            return PrintableText(allow_blank=not least, max_length=most, **options)
        case inspect.IntType(ge=least, le=most):
            return WholeNumber(min_value=least, max_value=most, **options)
        case inspect.BoolType():
            return Flag(**options)
        case inspect.ListType(item_type=item, min_length=least, max_length=most):
            return serializers.ListField(
                child=_serializer_field(item), min_length=least, max_length=most, **options
            )
        case inspect.UnionType(types=(inner, inspect.NoneType())):
            return _serializer_field(inner, allow_null=True, **options)
        case inspect.Metadata(type=inner):
            return _serializer_field(inner, **options)
    raise NotImplementedError(type_)


_PART_SERIALIZERS = {kind.part: _part_serializer(kind) for kind in map(kind_of, SENT_PARTS)}


class NewMessage(serializers.Serializer[Any]):
    kind = serializers.ChoiceField((*SENDABLE, *OF_BOTS))
    content = PrintableText(allow_blank=True)
    cid = PrintableText(required=False, max_length=64, help_text="The sender's own name for it, sent once.")
    extension = PrintableText(required=False, allow_blank=True, default="")
    reply = MessageId(required=False, allow_null=True, default=None)
    name = PrintableText(
        required=False, allow_null=True, default=None, max_length=255, help_text="Of a file."
    )
    mentions = serializers.ListField(
        child=MentionField(),
        required=False,
        default=list,
        max_length=MAX_MENTIONS,
        help_text="Members of the group, or `*` for all: owners and admins only.",
    )
    card = Card(required=False, allow_null=True, default=None, help_text="Of a card: with an API key only.")
    silent = Flag(required=False, default=False, help_text="It makes no sound and is not pushed.")
    custom = CustomObject(required=False, default=dict, help_text="What a program attaches.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        ours = settings.IM66
        is_text = attrs["kind"] in TEXTS
        content = ours.max_text_bytes if is_text else ours.max_extension_bytes
        for field, most in (("content", content), ("extension", ours.max_extension_bytes)):
            if size(attrs[field]) > most:
                raise _too_long(field, most)
        attrs["details"] = ""
        if part := SENT_PARTS.get(attrs["kind"]):
            attrs["content"], attrs["details"] = _stored_content(attrs["kind"], attrs["content"], attrs[part])
        if attrs["kind"] == cards.CARD and not (attrs["card"] and attrs["content"]):
            raise serializers.ValidationError({"card": "A card has content and card."})
        return attrs

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **deepcopy(_PART_SERIALIZERS)}


class ListedFileKinds(TextField):
    """In a query: with commas between them."""

    default_error_messages = {"kinds": f"Of {', '.join(FILE_KINDS)} only."}

    def to_internal_value(self, data: Any) -> tuple[str, ...]:  # type: ignore[override]
        kinds = tuple(dict.fromkeys(super().to_internal_value(data).split(",")))
        if not set(kinds) <= set(FILE_KINDS):
            self.fail("kinds")
        return kinds


def _stored_content(kind: str, content: str, part: Mapping[str, Any] | None) -> tuple[str, str]:
    try:
        return kind_of(kind).stored(content, part and convert(part, kind_of(kind).sent))
    except ValueError as error:
        raise serializers.ValidationError({"content": str(error)}) from None


class MessageQuery(serializers.Serializer[Any]):
    """In a query for messages."""

    extension = serializers.BooleanField(
        required=False, default=False, help_text="Messages with the extension that the shipped apps read."
    )


class ConversationListQuery(PageQuery, MessageQuery):
    """In a query for conversations."""

    after = CursorField(int, int, int, int, int, str)
    folder = serializers.ChoiceField(
        FOLDERS,
        required=False,
        default=None,
        help_text="`main`: without those that are archived and those that wait as requests, pinned ones "
        "first; the first page has `counts`. `archived`, `requests`: only these. Without it: all, latest "
        "first.",
    )
    ids = TextField(
        required=False,
        max_length=200,
        help_text="Only these of them, with commas between them, also if they are off the list.",
    )
    q = TextField(
        required=False,
        max_length=200,
        help_text="Words of the name or the remark, the beginning of the userid, or of the name's pinyin.",
    )


class PageBounds(serializers.Serializer[Any]):
    """In a query."""

    before = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_ITEMS, default=DEFAULT_ITEMS)


class MessagePageQuery(PageBounds, MessageQuery):
    """In a query."""


class MessageRangeQuery(MessagePageQuery):
    """At most one of the ids and the time."""

    after = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)
    around = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)
    time = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_ID,
        help_text="Around the first message of this second or later.",
    )
    kind = ListedFileKinds(required=False, help_text="Only these, with commas between them: picture,video.")
    notices = serializers.BooleanField(
        required=False, default=False, help_text="Also what happened to the group."
    )
    mentioned = serializers.BooleanField(
        required=False, default=False, help_text="Only messages that mention one."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = [name for name in ("before", "after", "around", "time") if name in attrs]
        if len(names) > 1:
            raise serializers.ValidationError({names[1]: f"Not together with {names[0]}."})
        return attrs


class ConversationName(TextField):
    default_error_messages = {"conversation": "Not a conversation: u:<userid> or g:<groupid>."}

    def to_internal_value(self, data: Any) -> Recipient:  # type: ignore[override]
        peer = parse_peer(super().to_internal_value(data))
        if peer is None:
            self.fail("conversation")
        return peer


# A query parameter whose name ends with a name chosen by the caller.
CUSTOM_VALUE = OpenApiParameter(
    "custom.<name>",
    str,
    description="Only with this value attached under the name, at the top: a text, or a number, `true`, "
    "`false` or `null` as JSON has it; of at most 100 characters. One such parameter.",
)
_CUSTOM_PREFIX = "custom."


def custom_value_in(query: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the name and the value of the parameter `custom.<name>`; None if there is none. Raise
    ValidationError if there are several, or one is malformed."""
    chosen = [(name.removeprefix(_CUSTOM_PREFIX), name) for name in query if name.startswith(_CUSTOM_PREFIX)]
    if not chosen:
        return None
    name, parameter = chosen[0]
    value = query[parameter]
    if len(chosen) > 1 or not (name and is_storable(name) and is_storable(value)):
        raise serializers.ValidationError({parameter: "One name and one value, without control characters."})
    return name, value


class SearchQuery(MessagePageQuery):
    """Of a search."""

    q = TextField(max_length=200, required=False, help_text="Without it, `custom.<name>` and a conversation.")
    conversation = ConversationName(required=False)
    kind = serializers.ChoiceField(KINDS, required=False)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of Python.
        return {**super().get_fields(), "from": Userid(required=False)}


class NewMark(serializers.Serializer[Any]):
    upto = WholeNumber(min_value=0, max_value=LARGEST_ID)


class TheseMessages(serializers.Serializer[Any]):
    messages = serializers.ListField(child=MessageId(), min_length=1, max_length=MAX_MESSAGES)


class NewPin(serializers.Serializer[Any]):
    message = MessageId()


class UnpinQuery(serializers.Serializer[Any]):
    """In a query."""

    message = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class Wishes(serializers.Serializer[Any]):
    muted = Flag(required=False)
    notify = serializers.ChoiceField(
        NOTIFY, required=False, help_text="Which messages one is notified of. `none` is what `muted` sets."
    )
    pinned = Flag(required=False)
    archived = Flag(required=False)
    unread = Flag(required=False, help_text="Marked as unread by oneself, until it is read or this is false.")
    request = Flag(required=False, help_text="False: accept the conversation that somebody has begun.")
    remark = PrintableText(
        required=False, allow_blank=True, max_length=64, help_text="What one calls this person."
    )
    draft = PrintableText(required=False, allow_blank=True, max_length=MAX_DRAFT_CHARACTERS)

    def validate_request(self, value: bool) -> bool:
        if value:
            raise serializers.ValidationError("Only false.")
        return value


def _too_long(field: str, most: int) -> ApiError:
    reason = f"At most {most} bytes."
    return ApiError(Name.TOO_LONG, f"{field}: {reason}", {field: reason})
