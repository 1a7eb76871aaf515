"""Django's settings, composed from the operator's settings in `environment.py`."""

from datetime import timedelta
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from accounts.access import PermittedRole
from im66 import __version__, environment
from im66.addresses import mail_settings, origin_of
from im66.databases import database
from im66.paths import make_folder

# Allows type arguments for Django's classes at run time, which mypy requires.
django_stubs_ext.monkeypatch()

# The typed settings of im66, for the apps.
IM66: environment.Environment = environment.read()
BASE_DIR = environment.BASE_DIR
make_folder("IM66_DATA_DIR", IM66.data_dir)

SECRET_KEY, SECRET_KEY_FALLBACKS = IM66.secret_key, IM66.secret_key_fallbacks
DEBUG = False
# The version of im66, for the apps.
VERSION = __version__
ALLOWED_HOSTS = IM66.allowed_hosts

INSTALLED_APPS = [
    "moderation.desk.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "csp",
    "channels",
    "rest_framework",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "accounts",
    "uploads",
    "log",
    "groups",
    "chat",
    "moderation",
    "notifications",
    "keeping",
    "firstserver",
    "web",
    "im66",
]

MIDDLEWARE = [
    "im66.static_files.StaticFiles",
    "im66.transport.HstsForPagesOnly",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "moderation.desk.site.note_refusals",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "im66.urls"
ASGI_APPLICATION = "im66.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


DATABASES = {"default": database(IM66.database_url, IM66.data_dir, IM66.media_jobs)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Passes updates between processes: chat/delivery/cluster/layer.py. Without Redis there is one process, which
# sends nothing and does not import the libraries.
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
if IM66.redis_url:
    from accounts.redis_hosts import channel_layer

    CHANNEL_LAYERS["default"] = channel_layer(IM66.redis_url, [SECRET_KEY, *SECRET_KEY_FALLBACKS])

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Browser sessions store their backend, so sessions begun by a proxy's header end when the setting is removed.
if IM66.remote_user_header:
    AUTHENTICATION_BACKENDS.append("accounts.authentication.remote_user.RemoteUserBackend")
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1,
        "im66.remote_user.sign_in",
    )
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.authentication.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.authentication.passwords.SimilarityValidator"},
]
# Other hashes are replaced at the next login.
PASSWORD_HASHERS = [
    "accounts.authentication.passwords.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "web.failures.forged"

# Mail is sent in the background. The timeout is for each step.
globals().update(mail_settings(IM66.mail_url))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = IM66.mail_from or "im66@localhost"

# Failed logins by password, in accounts/limits/lockout.py.
AXES_HANDLER = "accounts.limits.lockout.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], ["ip_address"]]
AXES_FAILURE_LIMIT = IM66.login_failures
AXES_COOLOFF_TIME = timedelta(minutes=IM66.lockout_minutes)
# Otherwise repeated attempts would extend the lockout for ever, and no page could show when it ends.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "accounts.limits.lockout.address_of"
AXES_LOCKOUT_CALLABLE = "web.failures.locked_out"
# The field of Django's login forms.
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "accounts.limits.lockout.userid_in"
# No userid in the log, because people type passwords into that field by mistake.
AXES_CLIENT_STR_CALLABLE = "accounts.limits.lockout.described"
# Staff see the submitted form fields of failed logins, except these.
AXES_SENSITIVE_PARAMETERS = ["csrfmiddlewaretoken", "old_password", "new_password1", "new_password2"]
# The access log would keep the address of every login for ever.
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Second factors and an OpenID provider. web/urls.py includes only the needed pages of django-allauth; its
# accounts, addresses and mails are not used.
ACCOUNT_ADAPTER = "accounts.authentication.second_factor.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "userid"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
# im66 has its own rate limits, which all processes share.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "accounts.authentication.factor_forms.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "im66"
# Accepts a code that changes while it is typed.
MFA_TOTP_TOLERANCE = 1
# Browsers require a secure origin themselves; only tests use http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IM66.production
_FORMS = "accounts.authentication.factor_forms"
MFA_FORMS = {
    "authenticate": f"{_FORMS}.CodeForm",
    "reauthenticate": f"{_FORMS}.CodeAgainForm",
    "activate_totp": f"{_FORMS}.NewAppForm",
    "add_webauthn": f"{_FORMS}.NewPasskeyForm",
    "edit_webauthn": f"{_FORMS}.RenamePasskeyForm",
    "authenticate_webauthn": f"{_FORMS}.PasskeyForm",
    "login_webauthn": f"{_FORMS}.PasskeyAloneForm",
    "reauthenticate_webauthn": f"{_FORMS}.PasskeyAgainForm",
}
SOCIALACCOUNT_ADAPTER = "accounts.openid.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}

# The admin's form of a full group has a few fields for each member.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000 + 5 * IM66.max_group_members

# Defaults for views: no access, and no browsable pages.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.document.Described",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "im66",
    "DESCRIPTION": "Conversations, messages, groups and people.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "Action": "groups.api.links.ANSWERS",
        "AnnouncementState": "moderation.api.announcements.STATE_NAMES",
        "Circle": "log.person_choices.CIRCLES",
        "PermittedRole": [role.value for role in PermittedRole],
        "Kind": "chat.protocol.kinds.KINDS",
        "Role": "accounts.access.Role",
        "ExportState": "keeping.api.account.STATES",
        "Outcome": "moderation.api.reports.OUTCOME_NAMES",
        "ReportState": "moderation.api.reports.STATE_NAMES",
    },
}

LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_AGE = "im66_language", 365 * 24 * 60 * 60
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
# Replies to the shipped apps, and pages: accounts/language.py, accounts/readers_language.py.
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = IM66.data_dir / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Static files are served from their source folders, so `collectstatic` is not needed.
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = False


def _media_storage() -> dict[str, Any]:
    """Return the storage of media. A name always has the same content, so overwriting is harmless, and
    another name for the same file would break its URL."""
    if IM66.media_storage == "s3":
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": IM66.s3_bucket,
                "endpoint_url": IM66.s3_endpoint or None,
                "region_name": IM66.s3_region or None,
                "file_overwrite": True,
                "querystring_auth": False,
                "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
            },
        }
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT, "base_url": "/media/", "allow_overwrite": True},
    }


MEDIA_ROOT = IM66.media_root
# The folder for arriving files, on the same disk as the media, so that a file is moved atomically.
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT.with_name(MEDIA_ROOT.name + ".arriving")
make_folder("IM66_MEDIA_ROOT", FILE_UPLOAD_TEMP_DIR)
FILE_UPLOAD_PERMISSIONS = 0o644
STORAGES = {
    "default": _media_storage(),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


# Behind a TLS proxy, the browser's origin has https while the request has http.
CSRF_TRUSTED_ORIGINS = [origin_of(IM66.public_url)] if IM66.public_url else []
# Pages of other origins (im66/cors.py) authenticate with tokens only: CORS_ALLOW_CREDENTIALS stays off.
CORS_ALLOWED_ORIGINS = IM66.origins
# Headers of the API and of resumable uploads (tus 1.0.0).
_BOTH_WAYS = ["tus-resumable", "upload-length", "upload-metadata", "upload-offset"]
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "range"),
    "upload-checksum",
    *_BOTH_WAYS,
]
CORS_EXPOSE_HEADERS = [
    *("content-disposition", "content-range", "etag", "location", "retry-after"),
    *("deprecation", "link", "ratelimit", "ratelimit-policy", "sunset"),
    *("tus-extension", "tus-max-size", "tus-version", "upload-expires"),
    *_BOTH_WAYS,
]
# The longest time that Chromium caches a preflight.
CORS_PREFLIGHT_MAX_AGE = 7200
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IM66.production
# No script needs the cookies: forms have the CSRF token. Lax, so that links in mails work while logged in.
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = IM66.hsts_seconds
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Inline code and eval are not listed, so they are forbidden. 'self' includes WebSockets.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [
    # HSTS for subdomains and HSTS preloading are the operator's decision.
    "security.W005",
    "security.W021",
    # Redirects to https are made by the proxy: the shipped apps may use a plain port, where a redirect would
    # break them.
    "security.W008",
]

OWN_LOGGERS = ("im66", "accounts", "uploads", "log", "groups", "chat", "moderation", "notifications")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        # Imported only if it is used.
        **({"json": {"()": "im66.operating.json_logs.JsonLines"}} if IM66.log_format == "json" else {}),
    },
    "filters": {
        "without_tokens": {"()": "im66.access_logs.WithoutTokens"},
        "bounded": {"()": "im66.operating.bounded_logs.shared"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": IM66.log_format,
            "filters": ["without_tokens", "bounded"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **{name: {"level": IM66.log_level} for name in OWN_LOGGERS},
        # accounts/limits/outage.py logs once that Redis is away.
        "channels_redis": {"level": "CRITICAL"},
        # accounts/refusals.py logs failed logins.
        "axes": {"level": "ERROR"},
    },
}
