"""What the forms of the console are made of."""

from dataclasses import dataclass

from chat.protocol import kinds

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """An input of a form: one line; several if `lines` gives their number; a choice of `options`, each a
    value and a label; or a file. An optional one is left out unless its box is checked.

    `value`: a real example. `type`: what it is in JSON (text, number, list, boolean), or `file`. `follows`:
    what the example becomes when something was sent or came in (static/im66/console/examples.js).
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
    """The form of one verb, command or call.

    `row`: the fields beside each other; `below`: the fields under them. `path`: where it goes, if its name
    does not say so.
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
