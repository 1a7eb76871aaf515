"""The operator's settings: every environment variable, with its type, default and bounds.

Each field of `Environment` declares a setting, and `read()` reads them in order. No other module reads the
environment. An invalid value stops the start, and so does an unknown `IM66_` name: otherwise a default would
silently remain in force that the operator believes to have changed.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environs
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from accounts.limits.buckets import Rate
from accounts.proxies import Proxies
from im66.addresses import (
    MAIL_ADDRESS,
    allowed_hosts,
    allowed_origins,
    database,
    frame_origins,
    mail_addresses,
    mail_host,
    outgoing_hosts,
    redis,
    trusted_proxies,
    url,
)
from im66.paths import data_folder, file, folder
from im66.secret_keys import key_fallbacks, secret_key_setting, token_fallbacks, token_secret_setting
from im66.variables import (
    ANY,
    SHIPPED,
    by_clients,
    by_production,
    choice,
    count,
    integer,
    integer_by_clients,
    integer_by_production,
    matching,
    matching_by_clients,
    rate,
    reader,
    seconds,
    switch,
    time_zone,
    words,
)

BASE_DIR = Path(__file__).resolve().parent.parent

# Whether clients claim a userid freely, or need a token for it.
OPEN_MODE, TOKEN_MODE = "open", "token"
# Sign-up in the browser: closed, by invitation, or open.
CLOSED, INVITE, TO_ALL = "closed", "invite", "open"

_ADDRESS = r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]+"
_ACCEL = r"/([^\s?#]*/)?"
_MAP = r"https?://(?=\S*\{lat\})(?=\S*\{lon\})[^\s\"'<>]+"
_OPEN_STREET_MAP = "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=16/{lat}/{lon}"
_TILES = r"https?://[A-Za-z0-9.:\[\]-]+/(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})[^\s\"'<>]+"
# Not a header that has a meaning for clients, proxies or the server itself.
_HEADER = (
    r"(?!(?i:host|cookie|origin|authorization|connection|upgrade|forwarded|referer|date|via|te|range|expect"
    r"|(?:content|accept|transfer|sec|if|access-control|x-forwarded|proxy|tus|upload)-.*|accept)$)"
    r"[A-Za-z][A-Za-z0-9-]{1,63}"
)
_WHSEC = r"whsec_(?:[A-Za-z0-9+/]{4}){8,20}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_SUBJECTS = ["message", "edit", "file", "name", "group"]
# A shorter time would not protect people who visit once a year. Pages in production need TLS anyway.
_YEAR = 365 * 24 * 3600
_S3_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
PROCESSES = r"auto|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-6]"
# One processor is left to the chat; measured by bench/uploads.py.
_SPARE_PROCESSORS = max(1, (os.cpu_count() or 1) - 1)


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings. `variable(field)` returns the environment variable of a field."""

    production: bool = switch(False)
    data_dir: Path = folder(lambda _before: data_folder(BASE_DIR))
    generate_secrets: bool = switch(False)
    secret_key: str = secret_key_setting()
    secret_key_fallbacks: list[str] = key_fallbacks()
    allowed_hosts: list[str] = allowed_hosts()
    public_url: str = url()
    proxies: Proxies = trusted_proxies()
    origins: list[str] = allowed_origins()
    embed_origins: list[str] = frame_origins()
    remote_user_header: str = matching(_HEADER, "the name of a header that nothing else means")
    hsts_seconds: int = integer_by_production(0, _YEAR)
    auth: str = by_production(OPEN_MODE, TOKEN_MODE)
    token_secret: str = token_secret_setting()
    token_secret_fallbacks: list[str] = token_fallbacks()
    token_keys: str = file("a file of public keys")
    token_audience: str = matching(r"\S+", "a name without white space")
    token_issuer: str = matching(r"\S+", "a name without white space")
    token_leeway_seconds: float = seconds(10.0, minimum=0, maximum=300)
    token_creates_users: bool = switch(False)
    second_factor: str = choice("optional", choices=["off", "optional", "staff"])
    oidc_issuer: str = url()
    oidc_client_id: str = matching(r"\S+", "a name without white space")
    oidc_client_secret: str = matching(r"\S+", "a secret without white space")
    oidc_name: str = matching(r"\S.{0,49}", "at most 50 characters")
    oidc_userid_claim: str = matching(r"[A-Za-z0-9_.:/-]+", "the name of a claim", default="sub")
    oidc_creates_users: bool = switch(False)
    admin_userid: str = matching(r"[^\s_,/]{1,64}", "a userid")
    admin_password_file: str = file("a file with a password")
    signup: str = choice(CLOSED, choices=[CLOSED, INVITE, TO_ALL])
    login_failures: int = count(5)
    login_failures_per_address: int = count(100)
    lockout_minutes: int = integer(15, minimum=1, maximum=7 * 24 * 60)
    qr_sign_in: bool = switch(True)
    login_addresses: str = choice("full", choices=["full", "network", "none"])
    offline_history_days: int = integer(7, minimum=0, maximum=90)
    own_exports: bool = switch(False)
    own_exports_mb: int = integer(4096, minimum=1, maximum=2**20)
    own_deletion: bool = switch(False)
    own_deletion_days: int = integer(14, minimum=1, maximum=365)
    logged_refusals: int = integer(60, minimum=0)
    log_level: str = choice("INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    log_format: str = choice("plain", choices=["plain", "json"])
    processes: str = matching(PROCESSES, "auto, or a number from 1 to 256")
    drain_seconds: float = seconds(0.0, minimum=0, maximum=600)
    metrics_port: int = integer(0, minimum=0, maximum=65_535)
    metrics_host: str = matching(_ADDRESS, "an address or a host name", default="127.0.0.1")
    metrics_token: str = matching(r"\S{16,}", "at least 16 characters, without white space")
    sentry_dsn: str = matching(r"https?://[^@/\s]+@\S+/[0-9]+", "a DSN, such as https://KEY@sentry.example/1")
    database_url: str = database()
    redis_url: str = redis()
    heartbeat_seconds: float = seconds(30.0, minimum=0.05, maximum=3600)
    poll_seconds: float = seconds(2.0, minimum=0.05, maximum=60)
    max_text_bytes: int = count(64 * 1024)
    max_extension_bytes: int = count(64 * 1024)
    max_frame_bytes: int = count(1024 * 1024)
    login_seconds: float = seconds(30.0, minimum=0.05, maximum=3600)
    recall_seconds: int = integer(120, minimum=0)
    read_receipts: bool = switch(True)
    push_after_seconds: float = seconds(30.0, minimum=0.05, maximum=24 * 3600)
    webhook_private: bool = switch(False)
    push_private: bool = switch(False)
    push_apps: str = file("a TOML file of the apps that are pushed to")
    push_text: bool = switch(False)
    link_previews: bool = switch(False)
    webhook_retry_seconds: float = seconds(5.0, minimum=0.05, maximum=3600)
    webhook_hours: int = count(6)
    webhook_keep_days: int = integer(7, minimum=1, maximum=365)
    checker_url: str = url()
    checker_secret: str = matching(f"{_WHSEC}( {_WHSEC})?", "whsec_ and 24 to 64 bytes in base64")
    checker_subjects: list[str] = words(
        "message|edit|file|name|group", "message, edit, file, name or group", _SUBJECTS
    )
    checker_seconds: float = seconds(0.3, minimum=0.05, maximum=5)
    checker_failure: str = choice("open", choices=["open", "closed"])
    announcements_per_second: int = integer(50, minimum=1, maximum=1000)
    max_group_members: int = count(500)
    max_group_admins: int = count(50)
    max_groups_per_user: int = count(500)
    max_name_length: int = count(100)
    max_notice_length: int = count(2000)
    max_connections_per_user: int = count(20)
    people_per_address: int = count(100)
    limit_connects: Rate | None = rate("60/60")
    limit_logins: Rate | None = rate("60/60")
    limit_messages: Rate | None = rate("600/60")
    limit_bytes: Rate | None = rate("8000000/60")
    limit_groups: Rate | None = rate("60/3600")
    limit_memberships: Rate | None = rate("5000/3600")
    limit_queries: Rate | None = rate("300/60")
    limit_uploads: Rate | None = rate("120/600")
    limit_upload_bytes: Rate | None = rate("500000000/3600")
    limit_files: Rate | None = rate("60/600")
    limit_file_pieces: Rate | None = rate("3000/600")
    limit_file_bytes: Rate | None = rate("2000000000/3600")
    limit_users: Rate | None = rate("50/3600")
    limit_reports: Rate | None = rate("20/3600")
    limit_resets: Rate | None = rate("5/3600")
    limit_refusals: Rate | None = rate("50/60")
    clients: str = choice(ANY, choices=[ANY, SHIPPED])
    group_ok_code: int = by_clients(1, 0)
    legacy_underscore: str = by_clients("keep", "fullwidth")
    legacy_connections: str = by_clients("all", "newest")
    legacy_close_code: str = by_clients("own", "restart")
    legacy_without_login: int = integer_by_clients(0, 10_000)
    legacy_userid: str = by_clients("keep", "alias")
    legacy_extension: str = by_clients("keep", "fill")
    legacy_media: str = by_clients("keep", "text")
    legacy_language: str = by_clients("en", "zh-hans")
    legacy_media_host: str = by_clients("warn", "refuse")
    desk_userid: str = matching_by_clients(r"[^\s_,/]{1,64}", "a userid", "im66-desk", "im66desk")
    desk_time_zone: str = time_zone("UTC")
    report_mail: list[str] = mail_addresses()
    report_to_owners: bool = switch(False)
    report_mail_seconds: float = seconds(60.0, minimum=0.05, maximum=24 * 3600)
    mail_url: str = mail_host()
    mail_from: str = matching(MAIL_ADDRESS, "a mail address")
    contact: str = matching(r"\S.{0,199}", "at most 200 characters")
    min_free_mb: int = integer(256, minimum=0)
    media_url: str = url()
    map_url: str = matching(_MAP, "an address with {lat} and {lon}", default=_OPEN_STREET_MAP)
    map_tiles: str = matching(_TILES, "an address with {z}, {x} and {y}")
    media_storage: str = choice("local", choices=["local", "s3"])
    media_root: Path = folder(lambda before: before["data_dir"] / "media")
    media_accel: str = matching(_ACCEL, "a path that begins and ends with /")
    media_jobs: int = integer(_SPARE_PROCESSORS, minimum=1, maximum=64)
    media_wait_seconds: float = seconds(60.0, minimum=0, maximum=600)
    media_seconds: int = count(5)
    media_encode_seconds: int = count(60)
    media_memory_mb: int = integer(1536, minimum=256, maximum=2**20)
    max_voice_bytes: int = count(10 * 1024 * 1024)
    max_picture_bytes: int = count(20 * 1024 * 1024)
    max_video_bytes: int = count(20 * 1024 * 1024)
    max_bodies_mb: int = integer(512, minimum=1, maximum=2**20)
    max_file_bytes: int = count(100 * 1024 * 1024)
    max_unfinished_mb: int = integer(4096, minimum=1, maximum=2**20)
    file_types: list[str] = words(
        r"\*|-?[A-Za-z0-9]{1,20}", "extensions, *, or extensions with - before", ["*"]
    )
    file_scanner: str = matching(
        r"clamd:/\S+|clamd:\S+:[0-9]{1,5}|/[^\0]+",
        "clamd:/PATH, clamd:HOST:PORT, or a command with its whole path",
    )
    file_link_hours: int = integer(24, minimum=1, maximum=365 * 24)
    max_voice_seconds: int = count(600)
    max_video_seconds: int = count(600)
    max_picture_pixels: int = count(150_000_000)
    max_avatar_pixels: int = count(50_000_000)
    mosaics: bool = switch(True)
    mosaic_font: str = file("a font file")
    avatar_hosts: list[str] = outgoing_hosts()
    # boto3 finds the credentials for the bucket itself, as AWS documents.
    s3_bucket: str = matching(_S3_NAME, "the name of a bucket")
    s3_endpoint: str = url()
    s3_region: str = matching(_S3_NAME, "the name of a region")


# Names without a prefix, which other software uses as well.
_SHARED_NAMES = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}


def variable(field: str) -> str:
    """Return the environment variable of `field`."""
    return _SHARED_NAMES.get(field, f"IM66_{field.upper()}")


def read() -> Environment:
    """Read and validate the environment. Raises ImproperlyConfigured with the invalid variable's name."""
    _refuse_unknown_names(os.environ)
    try:
        environment = _read_each(Env())
    except environs.EnvValidationError as error:
        name, _, _ = str(error).partition(" invalid: ")
        raise ImproperlyConfigured(f"{name} is invalid: {' '.join(error.error_messages)}") from error
    except environs.EnvError as error:
        raise ImproperlyConfigured(f"{error}.") from error
    _refuse_contradictions(environment)
    return environment


def _read_each(env: Env) -> Environment:
    values: dict[str, Any] = {}
    for field in fields(Environment):
        values[field.name] = reader(field)(env, variable(field.name), values)
    return Environment(**values)


def _refuse_unknown_names(environ: Mapping[str, str]) -> None:
    known = {variable(field.name) for field in fields(Environment)}
    for name in environ:
        if name.startswith("IM66_") and name not in known:
            similar = get_close_matches(name, known, n=1)
            hint = f" Did you mean {similar[0]}?" if similar else ""
            raise ImproperlyConfigured(f"{name} is not a setting of im66.{hint}")


def _refuse_contradictions(env: Environment) -> None:
    largest = max(env.max_voice_bytes, env.max_picture_bytes, env.max_video_bytes)
    # A single body gets a third of the memory: uploads/arriving.py.
    if 4 * largest > env.max_bodies_mb * 1024 * 1024:
        raise ImproperlyConfigured("IM66_MAX_BODIES_MB must be at least four times the largest file's size.")
    _refuse_bad_tokens(env)
    if env.login_failures_per_address < env.login_failures:
        raise ImproperlyConfigured(
            "IM66_LOGIN_FAILURES_PER_ADDRESS must not be less than IM66_LOGIN_FAILURES."
        )
    if env.remote_user_header and not (env.proxies.networks or env.proxies.unix):
        raise ImproperlyConfigured("IM66_REMOTE_USER_HEADER needs IM66_PROXIES, from which it is believed.")
    if env.admin_password_file and not env.admin_userid:
        raise ImproperlyConfigured("IM66_ADMIN_PASSWORD_FILE needs IM66_ADMIN_USERID.")
    _refuse_bad_provider(env)
    if env.report_mail and not (env.mail_url and env.mail_from):
        raise ImproperlyConfigured("IM66_REPORT_MAIL needs IM66_MAIL_URL and IM66_MAIL_FROM.")
    if env.checker_url and not env.checker_secret:
        raise ImproperlyConfigured("IM66_CHECKER_URL needs IM66_CHECKER_SECRET, which signs the questions.")
    if env.media_storage == "s3" and not (env.s3_bucket and env.media_url):
        raise ImproperlyConfigured("IM66_MEDIA_STORAGE=s3 needs IM66_S3_BUCKET and IM66_MEDIA_URL.")
    if env.sentry_dsn and find_spec("sentry_sdk") is None:
        raise ImproperlyConfigured("IM66_SENTRY_DSN needs the packages of requirements-sentry.lock.")


def _refuse_bad_provider(env: Environment) -> None:
    if not env.oidc_issuer:
        return
    if not (env.oidc_client_id and env.oidc_client_secret):
        raise ImproperlyConfigured("IM66_OIDC_ISSUER needs IM66_OIDC_CLIENT_ID and IM66_OIDC_CLIENT_SECRET.")
    if env.production and not env.oidc_issuer.startswith("https://"):
        raise ImproperlyConfigured("IM66_OIDC_ISSUER must begin with https:// in production.")


def _refuse_bad_tokens(env: Environment) -> None:
    if env.auth == TOKEN_MODE and bool(env.token_secret) == bool(env.token_keys):
        raise ImproperlyConfigured(
            "IM66_AUTH=token, the default in production, needs either IM66_TOKEN_SECRET or IM66_TOKEN_KEYS."
        )
    if env.token_secret_fallbacks and not env.token_secret:
        raise ImproperlyConfigured("IM66_TOKEN_SECRET_FALLBACKS needs IM66_TOKEN_SECRET.")
    if env.token_keys or env.token_secret:
        _refuse_bad_keys(env)


def _refuse_bad_keys(env: Environment) -> None:
    # Imported here, because open mode does not need it.
    from accounts.authentication.keys import BadKeys, key_from_secret, read

    parsers: list[tuple[str, str, Callable[[str], object]]] = [
        ("IM66_TOKEN_SECRET", env.token_secret, key_from_secret),
        *(("IM66_TOKEN_SECRET_FALLBACKS", secret, key_from_secret) for secret in env.token_secret_fallbacks),
        ("IM66_TOKEN_KEYS", env.token_keys, read),
    ]
    for name, value, parse in parsers:
        try:
            if value:
                parse(value)
        except BadKeys as error:
            raise ImproperlyConfigured(f"{name} cannot be used: {error}.") from error
