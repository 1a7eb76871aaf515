"""The verbs and their fields for which the page at `/` has a form. protocol.js makes the frames from them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """An input of a form: one line; several if `lines` gives their number; or a choice of `options`, each a
    value and a label."""

    name: str
    hint: str = ""
    lines: int = 0
    options: tuple[tuple[str, str], ...] = ()
    inputmode: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one verb. Two differ: in `message` the field `kind` is the verb, and `raw` sends any text.

    `row`: the fields beside each other; `below`: the fields under them.
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
