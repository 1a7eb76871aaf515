"""Sign-in by an OpenID Connect provider: IM66_OIDC_ISSUER. django-allauth speaks to it.

A claim of the provider names the userid, and the provider's own name for the person, `sub`, is bound to it: a
sign-in is refused if the claim later names another userid, or if another `sub` brings the same claim.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from secrets import token_urlsafe
from time import monotonic
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from jwt import PyJWTError
from requests import RequestException, Response, Session, Timeout
from urllib3.exceptions import HTTPError

from accounts import refusals
from accounts.addresses import client_address
from accounts.limits import asides, limits
from accounts.logins import PROVIDER_LOGIN, ProviderLogin
from accounts.models import NICKNAME_LENGTH, User
from accounts.names.userids import is_userid
from accounts.services import ProfileData, ensure_profiles, is_desk

# The name of the only provider, in addresses and in what is stored.
PROVIDER = "openid"
# How long what the provider says of itself is believed, so that strangers cannot have us ask it each time.
_CONFIG_SECONDS = 600.0
# An answer of the provider that is longer, or takes longer, is none.
_MAX_ANSWER_BYTES, _ANSWER_SECONDS = 256 * 1024, 5.0
# What the library raises at an answer of another form than it expects, besides errors of its own.
NONSENSE = (
    ArithmeticError,
    AttributeError,
    ImproperlyConfigured,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    HTTPError,
)
# Where the session keeps what the signed token must repeat.
_NONCE = "openid_nonce"
# Where a login has the signed token as it came.
_RAW = "raw_id_token"
_MAX_SESSION_LENGTH = 255
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def list_apps(self, *_: Any, **__: Any) -> list[SocialApp]:
        """The one provider of the settings; the database has none."""
        ours = settings.IM66
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER,
                name=ours.oidc_name,
                client_id=ours.oidc_client_id,
                secret=ours.oidc_client_secret,
                settings={"server_url": ours.oidc_issuer},
            )
        ]

    def get_requests_session(self) -> Session:
        return Outside()

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Nothing: a userid that the provider suggests would be taken for that of the person."""
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the person, or make them. Raises ImmediateHttpResponse with a page that says why not."""
        answers = sociallogin.account.extra_data
        claims = _claims(request, answers)
        userid = _userid_in(claims)
        if not is_userid(userid) or is_desk(userid):
            raise _refused(request, "", "the claim names no user ID")
        user = _person(userid, str(claims.get("name", "")))
        if user is None:
            raise _refused(request, userid, "nobody has this user ID")
        if not user.is_active:
            raise _refused(request, userid, "banned")
        with transaction.atomic():
            # Two accounts of the provider may come at once for the same person: only one is bound.
            User.objects.select_for_update(no_key=True).get(pk=userid)
            if not _is_bound(sociallogin, user):
                raise _refused(request, userid, "the account of the provider is another one than before")
            sociallogin.account.extra_data = {}
            if sociallogin.is_existing:
                sociallogin.account.save(update_fields=["extra_data"])
            else:
                sociallogin.connect(request, user)
        if request.user.is_authenticated:
            # Django-allauth would do it later, and what is kept here would go with that session.
            logout(request)
        request.session[PROVIDER_LOGIN] = _provider_login(user.pk, claims, answers[_RAW])

    def on_authentication_error(
        self, request: HttpRequest, *_: Any, exception: Exception | None = None, **__: Any
    ) -> None:
        why = f" ({type(exception).__name__})" if exception else ""
        raise _refused(request, "", f"an answer that nobody waits for, or that failed{why}")


def _claims(request: HttpRequest, answers: dict[str, Any]) -> dict[str, Any]:
    """Those of the signed token count over those of the call, which must be about the same person."""
    called, signed = answers.get("userinfo") or {}, answers.get("id_token") or {}
    if not signed or called.get("sub", signed["sub"]) != signed["sub"]:
        raise _refused(request, "", "the signed token is missing, or about somebody else")
    ours = settings.IM66.oidc_client_id
    if "exp" not in signed or signed.get("azp", ours) != ours:
        raise _refused(request, "", "the signed token has no end, or is for another client")
    # Else a code that was stolen from somebody else's sign-in would count, where the provider knows no PKCE.
    if not constant_time_compare(str(signed.get("nonce")), request.session.get(_NONCE, "")):
        raise _refused(request, "", "the signed token is for another sign-in")
    return {**called, **signed}


def _provider_login(userid: str, claims: dict[str, Any], id_token: str) -> ProviderLogin:
    session = claims.get("sid")
    if not isinstance(session, str) or len(session) > _MAX_SESSION_LENGTH:
        session = ""
    return ProviderLogin(userid=userid, session=session, at=float(claims.get("iat", 0)), id_token=id_token)


def _userid_in(claims: dict[str, Any]) -> str:
    """Empty if the claim has no userid. A mail address that the provider has not verified does not count."""
    name = settings.IM66.oidc_userid_claim or "sub"
    if name == "email" and claims.get("email_verified") not in (True, "true"):
        return ""
    claim = claims.get(name)
    return str(claim) if isinstance(claim, str | int) else ""


def _person(userid: str, nickname: str) -> User | None:
    if settings.IM66.oidc_creates_users:
        ensure_profiles([ProfileData(userid, nickname[:NICKNAME_LENGTH], "")])
    return User.objects.filter(pk=userid).first()


def _is_bound(sociallogin: SocialLogin, user: User) -> bool:
    if sociallogin.is_existing:
        return bool(sociallogin.user.pk == user.pk)
    return not SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider).exists()


def _refused(request: HttpRequest, userid: str, why: str) -> ImmediateHttpResponse:
    refusals.log_refusal("openid", userid, client_address(request), why)
    context = {"contact": settings.IM66.contact, "heading": gettext("You can't sign in")}
    return ImmediateHttpResponse(render(request, "web/accounts/openid_refused.html", context, status=403))


# Each thread waits for one answer. If all of them wait, sign-ins fail, and nothing else.
_asking = ThreadPoolExecutor(4, "im66-openid")


class Outside(Session):
    """Calls the provider while the request that needs the answer gives its turn back: else two that wait for
    a provider that hangs would keep all pages from everybody."""

    def request(self, *args: Any, **options: Any) -> Response:
        """Raises RequestException."""
        options |= {"timeout": _ANSWER_SECONDS, "stream": True}
        return asides.wait_without_turn(
            partial(self._within_time_limit, partial(self._ask, *args, **options))
        )

    async def _within_time_limit(self, ask: Callable[[], Response]) -> Response:
        answer = asyncio.get_running_loop().run_in_executor(_asking, ask)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise Timeout from None

    def _ask(self, *args: Any, **options: Any) -> Response:
        answer = super().request(*args, **options)
        with answer.raw as raw:
            content = raw.read(_MAX_ANSWER_BYTES + 1, decode_content=True)
        if len(content) > _MAX_ANSWER_BYTES:
            raise RequestException("too long")
        # From where the library reads what it has not read yet.
        answer.raw = BytesIO(content)
        return answer


class Protocol(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Asks the provider of itself once in a while, not for each login."""

    # And until when that counts.
    _config: tuple[dict[str, Any], float] = {}, 0.0

    @classmethod
    def forget(cls) -> None:
        cls._config = {}, 0.0

    @property
    def openid_config(self) -> dict[str, Any]:
        config, until = self._config
        if monotonic() > until:
            config = _checked(super().openid_config)
            type(self)._config = config, monotonic() + _CONFIG_SECONDS
        return config

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        login = super().complete_login(request, app, token, **kwargs)
        login.account.extra_data[_RAW] = kwargs["response"].get("id_token", "")
        return login


# The provider's own half of a login makes one for itself.
OpenIDConnectProvider.oauth2_adapter_class = Protocol


@require_safe
def start(request: HttpRequest, provider_id: str = PROVIDER) -> HttpResponseBase:
    """Lead to the provider."""
    # Django-allauth takes from anybody's link what is asked of the provider, and why.
    then = request.GET.get("next")
    nonce = request.session.setdefault(_NONCE, token_urlsafe(16))
    params = {"auth_params": urlencode({"nonce": nonce})} | ({"next": then} if then else {})
    request.GET = QueryDict(urlencode(params))
    return _through(OAuth2LoginView, request, provider_id)


def finish(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """The provider leads back, with an answer."""
    return _through(OAuth2CallbackView, request, provider_id)


def _through(step: Any, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    if provider_id != PROVIDER:
        raise Http404
    try:
        # Each beginning keeps a session for the answer.
        limits.current().logins.take(client_address(request))
        answer: HttpResponseBase = step.adapter_view(Protocol(request, PROVIDER))(request)
        return answer
    except limits.TooFast:
        raise PermissionDenied(gettext("Too many sign-ins. Try again in a minute.")) from None
    except (OAuth2Error, RequestException, PyJWTError, *NONSENSE) as error:
        why = f"the provider does not answer as it should ({type(error).__name__})"
        refused: HttpResponseBase = _refused(request, "", why).response
        return refused


def _checked(config: Any) -> dict[str, Any]:
    """Raises OAuth2Error for a provider that is not the one that is set, or lacks what we need."""
    if not isinstance(config, dict) or not all(isinstance(config.get(name), str) for name in _NEEDED):
        raise OAuth2Error(f"The provider must say {', '.join(_NEEDED)}")
    if config["issuer"].rstrip("/") != settings.IM66.oidc_issuer:
        raise OAuth2Error("The provider says that it is another one")
    if settings.IM66.production and not all(config[name].startswith("https://") for name in _NEEDED):
        # TLS stands for the signature of a token that the provider hands us.
        raise OAuth2Error("The provider must be called by https:// everywhere")
    return config
