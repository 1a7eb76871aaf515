"""Django's settings, composed from the environment. What may be set, and how, is in `environment.py`."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF

from im66 import environment
from im66.paths import make_folder
from im66.privacy import keep_private

# Lets classes of Django's be written with their type arguments, as mypy wants them.
django_stubs_ext.monkeypatch()

ENVIRONMENT = environment.read()
BASE_DIR = environment.BASE_DIR
make_folder("IM66_DATA_DIR", ENVIRONMENT.data_dir)

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "csp",
    "channels",
    "rest_framework",
    "accounts",
    "uploads",
    "groups",
    "chat",
    "web",
    "im66",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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


def _database(url: str) -> dict[str, Any]:
    """The database of `url`, with what the log relies on.

    SQLite: WAL, so that reading never waits for the writer; IMMEDIATE, so that a transaction takes its
    place in the line of writers at its start and cannot fail half-way. PostgreSQL: a pool for HTTP calls,
    because connections kept by Django itself leak under ASGI; chat has connections of its own.
    """
    config: dict[str, Any] = dict(dj_database_url.parse(url))
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["ENGINE"] = "im66.sqlite"
        keep_private(Path(config["NAME"]))
        # Tests in a file as well: threads that share a database in memory lock each other out.
        config["TEST"] = {"NAME": str(ENVIRONMENT.data_dir / f"test-{os.getpid()}.sqlite3")}
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        }
    else:
        config["CONN_HEALTH_CHECKS"] = True
        config["OPTIONS"] = {**_LIVENESS, **config.get("OPTIONS", {}), "pool": _pool()}
    return config


# A connection to PostgreSQL whose other end is gone without a word is given up, in time to serve within five
# seconds of its return; and one that is not there at the start is told of by then. Kernels answer here, so a
# database that is only slow keeps its connections. Seconds, the last one in milliseconds.
_LIVENESS = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}


def _pool() -> dict[str, Any]:
    """By default, its wait for a database that is away doubles without a bound."""
    return {
        "min_size": 1,
        "max_size": 10 + ENVIRONMENT.media_jobs,
        "timeout": 4.0,
        "reconnect_timeout": 2.0,
    }


DATABASES = {"default": _database(ENVIRONMENT.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# The admin's form of a full group has a few fields for each member.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000 + 5 * ENVIRONMENT.max_group_members

# For views that do not say it themselves: nobody is let in, and no pages are shown.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.data_dir / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served from where they are: nothing to collect before the first start.
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = False


def _media_storage() -> dict[str, Any]:
    """Where media are kept. No name is ever written with another content: overwriting is harmless, and a
    second name for the same file would break its URL."""
    if ENVIRONMENT.media_storage == "s3":
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": ENVIRONMENT.s3_bucket,
                "endpoint_url": ENVIRONMENT.s3_endpoint or None,
                "region_name": ENVIRONMENT.s3_region or None,
                "file_overwrite": True,
                "querystring_auth": False,
                "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
            },
        }
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT, "base_url": "/media/", "allow_overwrite": True},
    }


MEDIA_ROOT = ENVIRONMENT.media_root
# What arrives waits here: beside the media, so that moving there is one step.
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT.with_name(MEDIA_ROOT.name + ".arriving")
make_folder("IM66_MEDIA_ROOT", FILE_UPLOAD_TEMP_DIR)
FILE_UPLOAD_PERMISSIONS = 0o644
STORAGES = {
    "default": _media_storage(),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def _origin(url: str) -> str:
    """What a browser calls the site of `url`."""
    parts = urlsplit(url)
    standing = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, standing) else "")


# Behind a proxy that speaks TLS, browsers tell of https where we see http.
CSRF_TRUSTED_ORIGINS = [_origin(ENVIRONMENT.public_url)] if ENVIRONMENT.public_url else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.production
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "connect-src": [SELF, "ws:", "wss:"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"level": ENVIRONMENT.log_level} for name in ("im66", "accounts", "uploads", "groups", "chat")
    },
}

# im66's own, typed, for the apps.
IM66_PUBLIC_URL = ENVIRONMENT.public_url
IM66_REDIS_URL = ENVIRONMENT.redis_url
IM66_HEARTBEAT_SECONDS = ENVIRONMENT.heartbeat_seconds
IM66_POLL_SECONDS = ENVIRONMENT.poll_seconds
IM66_MAX_TEXT_BYTES = ENVIRONMENT.max_text_bytes
IM66_MAX_FRAME_BYTES = ENVIRONMENT.max_frame_bytes
IM66_LOGIN_SECONDS = ENVIRONMENT.login_seconds
IM66_MAX_GROUP_MEMBERS = ENVIRONMENT.max_group_members
IM66_MAX_GROUPS_PER_USER = ENVIRONMENT.max_groups_per_user
IM66_MAX_NAME_LENGTH = ENVIRONMENT.max_name_length
IM66_MAX_NOTICE_LENGTH = ENVIRONMENT.max_notice_length
IM66_MAX_CONNECTIONS_PER_USER = ENVIRONMENT.max_connections_per_user
IM66_GROUP_OK_CODE = ENVIRONMENT.group_ok_code
IM66_LEGACY_UNDERSCORE = ENVIRONMENT.legacy_underscore
IM66_MIN_FREE_MB = ENVIRONMENT.min_free_mb
IM66_MEDIA_URL = ENVIRONMENT.media_url
IM66_MEDIA_ACCEL = ENVIRONMENT.media_accel
IM66_MEDIA_JOBS = ENVIRONMENT.media_jobs
IM66_MEDIA_WAIT_SECONDS = ENVIRONMENT.media_wait_seconds
IM66_MEDIA_SECONDS = ENVIRONMENT.media_seconds
IM66_MEDIA_ENCODE_SECONDS = ENVIRONMENT.media_encode_seconds
IM66_MEDIA_MEMORY_MB = ENVIRONMENT.media_memory_mb
IM66_MAX_VOICE_BYTES = ENVIRONMENT.max_voice_bytes
IM66_MAX_PICTURE_BYTES = ENVIRONMENT.max_picture_bytes
IM66_MAX_VIDEO_BYTES = ENVIRONMENT.max_video_bytes
IM66_MAX_BODIES_MB = ENVIRONMENT.max_bodies_mb
IM66_MAX_VOICE_SECONDS = ENVIRONMENT.max_voice_seconds
IM66_MAX_VIDEO_SECONDS = ENVIRONMENT.max_video_seconds
IM66_MAX_PICTURE_PIXELS = ENVIRONMENT.max_picture_pixels
IM66_MAX_AVATAR_PIXELS = ENVIRONMENT.max_avatar_pixels
IM66_MOSAICS = ENVIRONMENT.mosaics
IM66_MOSAIC_FONT = ENVIRONMENT.mosaic_font
IM66_AVATAR_HOSTS = ENVIRONMENT.avatar_hosts
