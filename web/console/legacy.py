"""The forms of the shipped apps' dialect: one for each verb, and one for each group call. legacy.js makes
frames of the former, http.js requests of the latter.

Two forms differ: in `message` the field `kind` is the verb, and `raw` sends any text.
"""

from dataclasses import replace

from chat.protocol import kinds
from web.console.fields import KINDS, Field, Form, options

_MESSAGES = tuple(option for option in KINDS if option[0] in kinds.VERBS)
_TYPES = options("unicast", "group")
_ID_HINT = "userid or group id"

VERBS = (
    Form(
        "login",
        "says who you are",
        row=(Field("userid", value="alice"), Field("token", "optional")),
        is_open=True,
    ),
    Form("logout", "the connection stays open", row=(Field("userid", "your own", value="alice"),)),
    Form(
        "message",
        "to a person or a group",
        row=(
            Field("kind", options=_MESSAGES),
            Field("to", _ID_HINT, value="bob"),
            Field("type", options=_TYPES),
        ),
        below=(
            Field("content", "a text, a code or a URL", lines=3),
            Field("extension", "filled in as the apps expect it", lines=2),
        ),
        is_open=True,
    ),
    Form("members", "of a group you are in", row=(Field("groupid", value="1"),)),
    Form(
        "records",
        "messages since a time, oldest first",
        row=(
            Field("id", _ID_HINT, value="bob"),
            Field("timet", "in seconds", inputmode="numeric", value="0"),
            Field("type", options=(("", "left out"), *_TYPES)),
        ),
    ),
    Form("raw", "any frame, right or wrong", below=(Field("frame", lines=3, value="records_bob_0"),)),
)


def verbs(userid: str) -> tuple[Form, ...]:
    """Return the forms of the verbs. `userid` is the logged-in user, or empty."""
    if not userid:
        return VERBS
    login, logout, *others = VERBS
    return (_with_userid(login, userid), _with_userid(logout, userid), *others)


def _with_userid(form: Form, userid: str) -> Form:
    field, *fields = form.row
    return replace(form, row=(replace(field, value=userid), *fields))


_METHOD = Field("method", options=options("GET", "POST"))
_GROUP = Field("groupid", value="1")
_CATEGORIES = options("spam", "abuse", "sexual", "violence", "illegal", "other")


def _members_field(example: str) -> Field:
    return Field("members", "userids, separated by commas", value=example)


CALLS = (
    Form(
        "creategrp",
        "creates a group",
        row=(_METHOD, Field("creator", "userid", value="alice"), Field("name", value="Friends")),
        below=(_members_field("bob"),),
    ),
    Form("addmembers", "adds members", row=(_METHOD, _GROUP), below=(_members_field("charlie"),)),
    Form(
        "delmembers", "removes members, or oneself", row=(_METHOD, _GROUP), below=(_members_field("charlie"),)
    ),
    Form(
        "editgrp",
        "changes name and notice",
        row=(_METHOD, _GROUP),
        below=(
            Field("name", "not empty", value="Good friends", is_optional=True),
            Field("notice", "empty clears it", value="Meet at ten", is_optional=True),
        ),
    ),
    Form("querymygrps", "the groups of a person", row=(_METHOD, Field("userid", value="alice"))),
    Form("grpinfo", "one group and its members", row=(_METHOD, _GROUP)),
    Form(
        "report",
        "tells the moderators of a message, a person or a group",
        row=(_METHOD, Field("reporter", "userid", value="alice"), Field("category", options=_CATEGORIES)),
        below=(
            Field("user", "userid", value="bob", is_optional=True),
            Field("message", "an id", inputmode="numeric", is_optional=True),
            Field("group", "a group's id", is_optional=True),
            Field("note", is_optional=True),
        ),
    ),
)
