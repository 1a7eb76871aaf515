"""Proofs of identity: their kinds, where they are in a request, and their errors. Pure.

Separate from `tokens`, which loads large libraries that open mode does not need.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from urllib.parse import parse_qsl

from accounts.codes import Cause, Failed, Name, gettext_noop

# The parameter of HTTP calls that holds a token. The Android app sends it with every group call.
PARAMETER = "access_token"
# In characters: 32 bytes in base64.
BOT_SECRET_LENGTH = 43


class ProofKind(Enum):
    TOKEN = "token"
    API_KEY = "API key"
    SESSION = "browser session"
    BOT = "secret of a bot"


@dataclass(frozen=True, slots=True)
class Proof:
    """A token, an API key, the key of a browser session or the secret of a bot, verified or not."""

    kind: ProofKind
    # Not in the repr, which may be logged.
    text: str = field(repr=False)


class Scope(StrEnum):
    """The permissions of an API key."""

    MESSAGES = "messages"
    GROUPS = "groups"
    BOTS = "bots"
    USERS = "users"
    UPLOADS = "uploads"
    MODERATE = "moderate"
    PEOPLE = "people"
    WEBHOOKS = "webhooks"
    ANNOUNCE = "announce"


class Fault(Enum):
    """The error of a proof. `text`: for issuers of proofs, in English, without quoting the proof. `words`:
    the text for the caller. Users only learn that they must log in again; operators of a backend learn what
    is wrong with its key."""

    def __init__(
        self, text: str, words: str = Cause.LOG_IN_AGAIN.text, code: Name = Name.LOG_IN_FIRST
    ) -> None:
        self.text, self.words, self.code = text, words, code

    MISSING = "log in with a token"
    BAD = "the token is not valid"
    NOT_YET = "the token is not valid yet"
    EXPIRED = "the token has expired"
    NO_IAT = (
        "the token has no iat, the time at which it was made",
        gettext_noop("The token has no iat, the time at which it was made."),
    )
    OF_ANOTHER = "the token is for another userid", Cause.OF_ANOTHER.text, Name.NOT_ALLOWED
    SESSION_ENDED = "log in again"
    BAD_KEY = "the API key is not valid", gettext_noop("The API key is not valid.")
    REVOKED_KEY = "the API key was revoked", gettext_noop("The API key was revoked.")
    OUT_OF_SCOPE = (
        "the API key is not for this",
        gettext_noop("The API key is not for this."),
        Name.NOT_ALLOWED,
    )
    BAD_SECRET = "no bot has this secret"
    NEEDS_KEY = (
        "this needs an API key for it",
        gettext_noop("This needs an API key with the right scope."),
        Name.NOT_ALLOWED,
    )
    FOR_WHOM = (
        "name the user you act for, once, in the query",
        gettext_noop("Name the user you act for, once, in the query."),
        Name.INVALID,
    )
    FOR_STAFF = "no API key acts for staff", gettext_noop("No API key acts for staff."), Name.NOT_ALLOWED


class BadToken(Failed):
    """The proof is missing, invalid, or not sufficient. `str` gives the text for issuers of proofs."""

    legacy = Name.NOT_ALLOWED

    def __init__(self, fault: Fault = Fault.BAD) -> None:
        super().__init__(fault.words)
        self.fault, self.name = fault, fault.code
        self.field = "as" if fault is Fault.FOR_WHOM else ""

    def __str__(self) -> str:
        return self.fault.text


_SCHEMES = {"bearer": ProofKind.TOKEN, "api-key": ProofKind.API_KEY}


def token_proof(text: str | None) -> Proof | None:
    """Return the proof for a token, None without a token."""
    return Proof(ProofKind.TOKEN, text) if text else None


def token_or_bot_proof(text: str | None) -> Proof | None:
    """Return the proof for a token or for the secret of a bot. Secrets contain no dots, and tokens contain
    two."""
    if text and len(text) == BOT_SECRET_LENGTH and "." not in text:
        return Proof(ProofKind.BOT, text)
    return token_proof(text)


def proof_in(authorization: str, query: str) -> Proof | None:
    """Return the API key or the token in the header `Authorization`, or else the token in the query string.
    None if there is neither."""
    scheme, _, text = authorization.strip().partition(" ")
    kind = _SCHEMES.get(scheme.lower())
    if kind and text.strip():
        return Proof(kind, text.strip())
    return token_proof(dict(parse_qsl(query)).get(PARAMETER))
