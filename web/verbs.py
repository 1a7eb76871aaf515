"""The verbs that the page at `/` has a form for, with their fields. protocol.js makes the frames of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """What is filled in: one line; several if `lines` says how many; one of `options`, value and label, if
    there are any."""

    name: str
    hint: str = ""
    lines: int = 0
    options: tuple[tuple[str, str], ...] = ()
    inputmode: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """Of one verb, but for `message`, whose field `kind` is the verb, and `raw`, which sends anything.

    `row`: the fields that stand beside each other; `below`: those under them.
    """

    name: str
    hint: str
    row: tuple[Field, ...] = ()
    below: tuple[Field, ...] = ()
    is_open: bool = False


def _options(*values: str) -> tuple[tuple[str, str], ...]:
    return tuple((value, value) for value in values)


_TYPES = _options("unicast", "group")
_ID_HINT = "userid or group id"

FORMS = (
    Form("login", "says who you are", row=(Field("userid"), Field("token", "optional")), is_open=True),
    Form("logout", "the connection stays open", row=(Field("userid", "your own"),)),
    Form(
        "message",
        "to a person or a group",
        row=(
            Field("kind", options=_options("text", "emotion", "picture", "audio", "video")),
            Field("to", _ID_HINT),
            Field("type", options=_TYPES),
        ),
        below=(
            Field("content", "a text, a code or a URL", lines=3),
            Field("extension", "anything; often Base64 of JSON", lines=2),
        ),
        is_open=True,
    ),
    Form("members", "of a group you are in", row=(Field("groupid"),)),
    Form(
        "records",
        "messages since a time, oldest first",
        row=(
            Field("id", _ID_HINT),
            Field("timet", "in seconds", inputmode="numeric", value="0"),
            Field("type", options=(("", "left out"), *_TYPES)),
        ),
    ),
    Form("raw", "any frame, right or wrong", below=(Field("frame", lines=3),)),
)
