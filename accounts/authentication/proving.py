"""Verifies proofs of all kinds: whom each proves, and until when it is valid. Token mode only."""

from collections.abc import Callable, Collection
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from accounts.authentication import api_keys, browser_sessions
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, Scope
from accounts.services import ProfileData, profile_of

if TYPE_CHECKING:
    from accounts.authentication.tokens import Rules


# Returns the userid of the bot with this secret, None if there is none. May query the database.
FindBot = Callable[[str], str | None]
_find_bot: FindBot = lambda _: None  # noqa: E731


def install_bots(find: FindBot) -> None:
    """Use `find` to authenticate bots by their secrets."""
    global _find_bot
    _find_bot = find


class Proven(NamedTuple):
    """A verified proof.

    `profile`: empty for a backend, which may act for anybody. `expires_at`: the Unix time in seconds from
    which the proof is invalid, None if it never expires. `creates`: whether the person may be created.
    `session`: the digest of a browser session. `stamp`: its session hash, empty for other proofs.
    `made_at`: as in Verified, for a token.
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
    """Verify each proof, with one query for all API keys, one for all browser sessions, and some for each
    bot. `scopes`: the scopes that an API key needs. The stamps of sessions are not checked."""
    keys = api_keys.find(_texts(proofs, ProofKind.API_KEY))
    sessions = browser_sessions.find(_texts(proofs, ProofKind.SESSION))

    def prove(proof: Proof | None) -> Proven:
        if proof is None or proof.kind is ProofKind.TOKEN:
            return prove_token(proof)
        if proof.kind is ProofKind.SESSION:
            return _prove_session(sessions.get(proof.text))
        if proof.kind is ProofKind.BOT:
            return _prove_bot(_find_bot(proof.text))
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
    """Load the libraries and keys that verify tokens, so that the first caller does not wait. Raises
    BadKeys."""
    _rules()


def _texts(proofs: Collection[Proof | None], kind: ProofKind) -> set[str]:
    return {proof.text for proof in proofs if proof and proof.kind is kind}


def _prove_session(session: browser_sessions.BrowserSession | None) -> Proven:
    if session is None:
        raise BadToken(Fault.SESSION_ENDED)
    profile = ProfileData(session.userid, "", "")
    return Proven(profile, session.expires_at, session=session.digest, stamp=session.stamp)


def _prove_bot(userid: str | None) -> Proven:
    if userid is None:
        raise BadToken(Fault.BAD_SECRET)
    return Proven(ProfileData(userid, "", ""))


# The functions below import lazily, because the libraries take 9 MB and open mode does not need them.


def prove_token(proof: Proof | None) -> Proven:
    """Verify a token, without a database query. Raises BadToken, also for None."""
    from accounts.authentication.tokens import verify

    verified = verify(proof.text if proof else None, _rules())
    creates: bool = settings.IM66.token_creates_users
    profile = profile_of(verified.userid, verified.claims)
    return Proven(profile, verified.expires_at, creates, made_at=verified.made_at)


def _rules() -> "Rules":
    from accounts.authentication.keys import key_from_secret, keys_in
    from accounts.authentication.tokens import Rules

    ours = settings.IM66
    secrets = (ours.token_secret, *ours.token_secret_fallbacks)
    keys = keys_in(ours.token_keys) if ours.token_keys else tuple(map(key_from_secret, secrets))
    return Rules(keys, ours.token_audience, ours.token_issuer, ours.token_leeway_seconds)
