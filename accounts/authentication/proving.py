"""Checks proofs, of all kinds together: who each is for, and how long it counts. Token mode only."""

from collections.abc import Callable, Collection
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from accounts.authentication import api_keys, browser_sessions
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, Scope
from accounts.services import ProfileData, profile_of

if TYPE_CHECKING:
    from accounts.authentication.tokens import Rules


# The userid of the bot with this secret, None if there is none. It may ask the database.
FindBot = Callable[[str], str | None]
_find_bot: FindBot = lambda _: None  # noqa: E731


def install_bots(find: FindBot) -> None:
    """Let bots in as this one says from now on."""
    global _find_bot
    _find_bot = find


class Proven(NamedTuple):
    """What a caller has shown at a door.

    `profile` says nothing of a backend, which may act for anybody. `expires_at`: the second of the wall clock
    from which the proof no longer counts, None if it counts for ever. `creates`: whether the person may be
    created. `session`: the digest of a browser session. `stamp`: what it says of the password, empty if the
    password does not matter. `made_at`: when a token was made, as Verified has it.
    """

    profile: ProfileData
    expires_at: float | None = None
    creates: bool = False
    session: str = ""
    stamp: str = ""
    is_backend: bool = False
    made_at: float = inf


def prove_all(
    proofs: Collection[Proof | None], scopes: Collection[Scope]
) -> dict[Proof | None, Proven | BadToken]:
    """What each proof shows, with one query if there are API keys among them, one if there are browser
    sessions, and some for each bot. `scopes`: what a key must be for. The stamps of sessions are not
    checked."""
    keys = api_keys.find(_texts(proofs, ProofKind.API_KEY))
    sessions = browser_sessions.find(_texts(proofs, ProofKind.SESSION))

    def prove(proof: Proof | None) -> Proven:
        if proof is None or proof.kind is ProofKind.TOKEN:
            return prove_token(proof)
        if proof.kind is ProofKind.SESSION:
            return _of_session(sessions.get(proof.text))
        if proof.kind is ProofKind.BOT:
            return _of_bot(_find_bot(proof.text))
        api_keys.check(keys.get(proof.text), scopes)
        return Proven(ProfileData("", "", ""), is_backend=True)

    results: dict[Proof | None, Proven | BadToken] = {}
    for proof in proofs:
        try:
            results[proof] = prove(proof)
        except BadToken as error:
            results[proof] = error
    return results


def prepare() -> None:
    """Load what verifies tokens, so that the first caller does not wait for it. Raises BadKeys."""
    _rules()


def _texts(proofs: Collection[Proof | None], kind: ProofKind) -> set[str]:
    return {proof.text for proof in proofs if proof and proof.kind is kind}


def _of_session(session: browser_sessions.BrowserSession | None) -> Proven:
    if session is None:
        raise BadToken(Fault.SESSION_ENDED)
    profile = ProfileData(session.userid, "", "")
    return Proven(profile, session.expires_at, session=session.digest, stamp=session.stamp)


def _of_bot(userid: str | None) -> Proven:
    if userid is None:
        raise BadToken(Fault.BAD_SECRET)
    return Proven(ProfileData(userid, "", ""))


# The functions below import what they need when they are called: the libraries behind it take 9 MB, and open
# mode does without them.


def prove_token(proof: Proof | None) -> Proven:
    """What a token shows; None shows that it is missing. Asks no database. Raises BadToken."""
    from accounts.authentication.tokens import verify

    verified = verify(proof.text if proof else None, _rules())
    creates: bool = settings.IM66.token_creates_users
    profile = profile_of(verified.userid, verified.claims)
    return Proven(profile, verified.expires_at, creates, made_at=verified.made_at)


def _rules() -> "Rules":
    from accounts.authentication.keys import keys_in, of_secret
    from accounts.authentication.tokens import Rules

    ours = settings.IM66
    secrets = (ours.token_secret, *ours.token_secret_fallbacks)
    keys = keys_in(ours.token_keys) if ours.token_keys else tuple(map(of_secret, secrets))
    return Rules(keys, ours.token_audience, ours.token_issuer, ours.token_leeway_seconds)
