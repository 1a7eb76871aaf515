"""The forms of the console, and their fields."""

from dataclasses import dataclass

from chat.protocol import kinds

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """An input of a form: a text of one or more `lines`, a choice of `options` (value and label), or a file.

    An optional field is omitted unless its box is checked. `value` is a realistic example. `type` is the JSON
    type (text, number, list, boolean), or `file`. `follows` names the id that replaces the example when a
    message was sent or received (static/im66/console/examples.js).
    """

    name: str
    hint: str = ""
    lines: int = 0
    options: Options = ()
    inputmode: str = ""
    value: str = ""
    is_optional: bool = False
    type: str = "text"
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a verb, a command or an API call.

    The fields of `row` are in one row, those of `below` under it. `path` is the path of the call, unless its
    name implies it.
    """

    name: str
    hint: str
    row: tuple[Field, ...] = ()
    below: tuple[Field, ...] = ()
    is_open: bool = False
    path: str = ""


def options(*values: str) -> Options:
    return tuple((value, value) for value in values)


# Texts first, because most messages are texts.
KINDS = options(*sorted(kinds.SENDABLE, key=lambda kind: kind not in kinds.TEXTS))


def number(name: str, hint: str = "", value: str = "", follows: str = "") -> Field:
    return Field(name, hint, inputmode="numeric", value=value, type="number", follows=follows)
