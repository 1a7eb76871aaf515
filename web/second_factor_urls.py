"""The pages of second factors and of the OpenID provider, which are django-allauth's.

They are loaded when somebody opens one: the libraries behind them take 12 MB.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from accounts.readers_language import in_readers_language
from web.account_views import LogOut

Allowed = Callable[[], bool]


def _has_factors() -> bool:
    return bool(settings.IM66.second_factor != "off")


def has_provider() -> bool:
    return bool(settings.IM66.oidc_issuer)


def later(
    route: str, view: str, name: str, allowed: Allowed = _has_factors, *, is_form: bool = True
) -> URLPattern:
    """An address whose view, which `view` names, is loaded when it is opened. `is_form`: only pages of ours
    post to it."""

    @never_cache
    def call(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        if not allowed():
            raise Http404
        answer: HttpResponseBase = import_string(view)(request, **captured)
        return answer

    if not is_form:
        call = csrf_exempt(call)
    return path(route, in_readers_language(call), name=name)


_BASE, _TOTP = "allauth.mfa.base.views", "allauth.mfa.totp.views"
_KEYS, _CODES = "allauth.mfa.webauthn.views", "allauth.mfa.recovery_codes.views"
_ACCOUNT = "allauth.account.views"

urlpatterns = [
    # By the names by which django-allauth leads there.
    path("login/", RedirectView.as_view(pattern_name="login", query_string=True), name="account_login"),
    path("logout/", LogOut.as_view(), name="account_logout"),
    later("password/", f"{_ACCOUNT}.reauthenticate", "account_reauthenticate"),
    later("", f"{_BASE}.index", "mfa_index"),
    later("code/", f"{_BASE}.authenticate", "mfa_authenticate"),
    later("again/", f"{_BASE}.reauthenticate", "mfa_reauthenticate"),
    later("app/", f"{_TOTP}.activate_totp", "mfa_activate_totp"),
    later("app/remove/", f"{_TOTP}.deactivate_totp", "mfa_deactivate_totp"),
    path("keys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    later("keys/add/", "web.passkey_views.add", "mfa_add_webauthn"),
    later("keys/again/", f"{_KEYS}.reauthenticate_webauthn", "mfa_reauthenticate_webauthn"),
    later("keys/login/", f"{_KEYS}.login_webauthn", "mfa_login_webauthn"),
    later("keys/<int:pk>/remove/", f"{_KEYS}.remove_webauthn", "mfa_remove_webauthn"),
    later("keys/<int:pk>/", f"{_KEYS}.edit_webauthn", "mfa_edit_webauthn"),
    later("codes/", f"{_CODES}.view_recovery_codes", "mfa_view_recovery_codes"),
    later("codes/new/", f"{_CODES}.generate_recovery_codes", "mfa_generate_recovery_codes"),
    later("codes/file/", f"{_CODES}.download_recovery_codes", "mfa_download_recovery_codes"),
]
