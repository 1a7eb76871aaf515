"""The forms of the page at `/`: one for each verb of the protocol, and one for each group call. protocol.js
makes frames and requests from their fields."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Field:
    """An input of a form: one line; several if `lines` gives their number; or a choice of `options`, each a
    value and a label. An optional one is left out unless its box is checked."""

    name: str
    hint: str = ""
    lines: int = 0
    options: tuple[tuple[str, str], ...] = ()
    inputmode: str = ""
    value: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one verb or call. Two differ: in `message` the field `kind` is the verb, and `raw` sends
    any text.

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

VERBS = (
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
            Field("extension", "filled in as the apps expect it", lines=2),
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


def verbs(userid: str) -> tuple[Form, ...]:
    """The forms of the verbs, for somebody who is known already: the first, `login`, names them."""
    login, *others = VERBS
    field, *fields = login.row
    return (replace(login, row=(replace(field, value=userid), *fields)), *others)


_METHOD = Field("method", options=_options("GET", "POST"))
_GROUP = Field("groupid")
_MEMBERS = Field("members", "userids, separated by commas")

CALLS = (
    Form(
        "creategrp",
        "creates a group",
        row=(_METHOD, Field("creator", "userid"), Field("name")),
        below=(_MEMBERS,),
    ),
    Form("addmembers", "adds members", row=(_METHOD, _GROUP), below=(_MEMBERS,)),
    Form("delmembers", "removes members, or oneself", row=(_METHOD, _GROUP), below=(_MEMBERS,)),
    Form(
        "editgrp",
        "changes name and notice",
        row=(_METHOD, _GROUP),
        below=(
            Field("name", "not empty", is_optional=True),
            Field("notice", "empty clears it", is_optional=True),
        ),
    ),
    Form("querymygrps", "the groups of a person", row=(_METHOD, Field("userid"))),
    Form("grpinfo", "one group and its members", row=(_METHOD, _GROUP)),
)
