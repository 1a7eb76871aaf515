"""The end of sign-ins by the OpenID provider: who signs out here is led there, to sign out as well
(RP-Initiated Logout 1.0), and who signs out there is signed out here (Back-Channel Logout 1.0)."""

from time import monotonic
from typing import Any

import jwt
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST
from requests import RequestException

from accounts import logins, refusals
from accounts.addresses import client_address
from accounts.authentication import keys
from accounts.authentication.tokens import MAX_TOKEN_CHARACTERS, Key
from accounts.openid import NONSENSE, PROVIDER, Outside, Protocol

_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_TYPES = ("jwt", "logout+jwt")
_CLOCK_SECONDS = 30.0
# The provider's keys count for so long, and if one is not among them, the provider is asked again so often.
_KEYS_SECONDS, _UNKNOWN_SECONDS = 600.0, 10.0
_FAILED = (OAuth2Error, RequestException, jwt.PyJWTError, keys.BadKeys, *NONSENSE)


class Rejected(Exception):
    """The token of a logout does not count; the text says why."""


class ProviderKeys:
    """What the provider signs with, as it said last."""

    _keys: tuple[Key, ...] = ()
    _asked_at = -_KEYS_SECONDS

    @classmethod
    def forget(cls) -> None:
        cls._keys, cls._asked_at = (), -_KEYS_SECONDS

    @classmethod
    def find(cls, name: Any, address: str) -> Key:
        """Raises Rejected, RequestException, BadKeys."""
        key, age = cls._named(name), monotonic() - cls._asked_at
        if age > (_KEYS_SECONDS if key else _UNKNOWN_SECONDS):
            cls._asked_at = monotonic()
            cls._keys = keys.parse(Outside().get(address).content)
            key = cls._named(name)
        if not key:
            raise Rejected("the provider has no such key")
        return key

    @classmethod
    def _named(cls, name: Any) -> Key | None:
        matches = [key for key in cls._keys if name is None or key.id in (None, name)]
        return matches[0] if len(matches) == 1 else None


def end_session_url(request: HttpRequest, id_token: str) -> str:
    """Where the provider signs out somebody whom it signed in; empty if it has no such place, or does not
    answer."""
    try:
        endpoint = Protocol(request, PROVIDER).openid_config.get("end_session_endpoint", "")
    except _FAILED:
        return ""
    scheme = "https://" if settings.IM66.production else ("https://", "http://")
    if not isinstance(endpoint, str) or not endpoint.startswith(scheme):
        return ""
    params = {
        "id_token_hint": id_token,
        "client_id": settings.IM66.oidc_client_id,
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("login")),
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(params)}"


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """The provider says that somebody has signed out there."""
    try:
        claims = _verified(request, request.POST.get("logout_token", ""))
    except (Rejected, *_FAILED) as error:
        why = str(error) if isinstance(error, Rejected) else f"no valid token ({type(error).__name__})"
        refusals.log_refusal("openid logout", "", client_address(request), why)
        return JsonResponse({"error": "invalid_request", "error_description": why}, status=400)
    _end(claims)
    return HttpResponse()


def _verified(request: HttpRequest, token: str) -> dict[str, Any]:
    """Raises Rejected, and what `_FAILED` has."""
    if not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
        raise Rejected("no token")
    config, header = Protocol(request, PROVIDER).openid_config, jwt.get_unverified_header(token)
    if str(header.get("typ", "jwt")).lower() not in _TYPES:
        raise Rejected("a token of another type")
    key = ProviderKeys.find(header.get("kid"), config["jwks_uri"])
    claims: dict[str, Any] = jwt.decode(
        token,
        key.key,
        [key.algorithm],
        {"require": ["iss", "aud", "iat", "exp", "jti", "events"]},
        audience=settings.IM66.oidc_client_id,
        issuer=config["issuer"],
        leeway=_CLOCK_SECONDS,
    )
    _check_purpose(claims)
    return claims


def _check_purpose(claims: dict[str, Any]) -> None:
    """Raises Rejected for a token that was not made to sign somebody out."""
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
        raise Rejected("not for a logout")
    if "nonce" in claims:
        raise Rejected("made for a sign-in")
    named = [claims[name] for name in ("sub", "sid") if name in claims]
    if not named or not all(isinstance(name, str) and name for name in [*named, claims["jti"]]):
        raise Rejected("names nobody")


def _end(claims: dict[str, Any]) -> None:
    """A token that comes again ends nothing that began after it was made, so its `jti` need not be kept."""
    of = {"provider_session": claims["sid"]} if "sid" in claims else {}
    if "sub" in claims:
        account = SocialAccount.objects.filter(provider=PROVIDER, uid=claims["sub"]).first()
        if account is None:
            return
        of["user"] = account.user_id
    logins.end_provider_logins(claims["iat"], **of)
