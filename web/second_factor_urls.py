"""The pages of second factors and of the OpenID provider, which are django-allauth's.

Their libraries take 12 MB, so they are imported only when a page is requested.
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


def lazy_path(
    route: str, view: str, name: str, allowed: Allowed = _has_factors, *, is_form: bool = True
) -> URLPattern:
    """Return a URL pattern that imports its view, given by name, at the first request.

    The response is 404 unless `allowed()`. If not `is_form`, the view is exempt from the CSRF check.
    """

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
    # The names are those that django-allauth uses in redirects.
    path("login/", RedirectView.as_view(pattern_name="login", query_string=True), name="account_login"),
    path("logout/", LogOut.as_view(), name="account_logout"),
    lazy_path("password/", f"{_ACCOUNT}.reauthenticate", "account_reauthenticate"),
    lazy_path("", f"{_BASE}.index", "mfa_index"),
    lazy_path("code/", f"{_BASE}.authenticate", "mfa_authenticate"),
    lazy_path("again/", f"{_BASE}.reauthenticate", "mfa_reauthenticate"),
    lazy_path("app/", f"{_TOTP}.activate_totp", "mfa_activate_totp"),
    lazy_path("app/remove/", f"{_TOTP}.deactivate_totp", "mfa_deactivate_totp"),
    path("keys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    lazy_path("keys/add/", "web.passkey_views.add", "mfa_add_webauthn"),
    lazy_path("keys/again/", f"{_KEYS}.reauthenticate_webauthn", "mfa_reauthenticate_webauthn"),
    lazy_path("keys/login/", f"{_KEYS}.login_webauthn", "mfa_login_webauthn"),
    lazy_path("keys/<int:pk>/remove/", f"{_KEYS}.remove_webauthn", "mfa_remove_webauthn"),
    lazy_path("keys/<int:pk>/", f"{_KEYS}.edit_webauthn", "mfa_edit_webauthn"),
    lazy_path("codes/", f"{_CODES}.view_recovery_codes", "mfa_view_recovery_codes"),
    lazy_path("codes/new/", f"{_CODES}.generate_recovery_codes", "mfa_generate_recovery_codes"),
    lazy_path("codes/file/", f"{_CODES}.download_recovery_codes", "mfa_download_recovery_codes"),
]
