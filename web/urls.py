from django.urls import URLPattern, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from accounts.readers_language import View, in_readers_language
from web.account_views import ChangePassword, LogIn, LogOut, PasswordChanged, SignUp, take_invitation
from web.app_views import manifest, offline, worker
from web.asset_views import asset
from web.chat_views import Chat, Embedded, console
from web.code_views import BeginCode, CodeState, RedeemCode, confirm_code
from web.recovery_views import (
    ConfirmAddress,
    Forgotten,
    MailAddress,
    NewPassword,
    take_confirmation,
    take_reset,
)
from web.second_factor_urls import has_provider, lazy_path

_OPENID = "accounts.openid"


def _localized_paths(route: str, view: View, name: str) -> list[URLPattern]:
    """Return the patterns of a page in the reader's language, with and without the trailing slash."""
    redirect = RedirectView.as_view(pattern_name=name, query_string=True)
    return [path(route, in_readers_language(view), name=name), path(route.removesuffix("/"), redirect)]


urlpatterns = [
    path("recover/<str:code>/", take_reset, name="take_reset"),
    path("recover/<str:code>", take_reset),
    path("confirm/<str:code>/", take_confirmation, name="take_confirmation"),
    path("confirm/<str:code>", take_confirmation),
    *_localized_paths("recover/", Forgotten.as_view(), "forgotten"),
    *_localized_paths("password/new/", NewPassword.as_view(), "new_password"),
    *_localized_paths("email/", MailAddress.as_view(), "email"),
    *_localized_paths("email/confirm/", ConfirmAddress.as_view(), "confirm_email"),
    path("", Chat.as_view(), name="page"),
    path("embed/", Embedded.as_view(), name="embed"),
    path("assets/<str:version>/<path:name>", asset, name="asset"),
    path("console", console, name="console"),
    path("console/", RedirectView.as_view(pattern_name="console", query_string=True)),
    path("push-worker.js", worker, name="worker"),
    path("app.webmanifest", in_readers_language(manifest), name="manifest"),
    path("offline/<str:version>", offline, name="offline"),
    path("language/", set_language, name="set_language"),
    path("logout/", LogOut.as_view(), name="logout"),
    path("signup/<str:code>", take_invitation, name="invitation"),
    path("signup/<str:code>/", take_invitation),
    path("factors/", include("web.second_factor_urls")),
    lazy_path("login/openid/", f"{_OPENID}.start", "openid", has_provider),
    # The names are those that django-allauth uses in redirects.
    lazy_path("login/<str:provider_id>/start/", f"{_OPENID}.start", "openid_connect_login", has_provider),
    lazy_path("login/<str:provider_id>/back/", f"{_OPENID}.finish", "openid_connect_callback", has_provider),
    lazy_path("login/openid/logout/", f"{_OPENID}_logout.end", "openid_logout", has_provider, is_form=False),
    path("login/code/", BeginCode.as_view(), name="begin_code"),
    path("login/code/state/", CodeState.as_view(), name="code_state"),
    path("login/code/redeem/", in_readers_language(RedeemCode.as_view()), name="redeem_code"),
    *_localized_paths("sign-in/", confirm_code, "confirm_code"),
    *_localized_paths("login/", LogIn.as_view(), "login"),
    *_localized_paths("password/", ChangePassword.as_view(), "password"),
    *_localized_paths("password/changed/", PasswordChanged.as_view(), "password_changed"),
    *_localized_paths("signup/", SignUp.as_view(), "signup"),
]
