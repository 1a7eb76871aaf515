"""What the operator may set: every environment variable, with its type, its default and its bounds.

`read()` is the only place where the environment is looked at. Nonsense stops the start: a value that
does not parse or is out of bounds, and an `IM66_` name that does not exist, for a mistyped name would
leave a default in force that somebody believes to have changed.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import environs
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

BASE_DIR = Path(__file__).resolve().parent.parent
# Of a secret key, at least.
KEY_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings as read; `variable(field)` is a field's name in the environment."""

    production: bool
    data_dir: Path
    secret_key: str
    allowed_hosts: list[str]
    public_url: str
    log_level: str
    database_url: str
    redis_url: str
    heartbeat_seconds: float
    poll_seconds: float
    max_text_bytes: int
    max_frame_bytes: int
    login_seconds: float
    max_group_members: int
    max_groups_per_user: int
    max_name_length: int
    max_notice_length: int
    max_connections_per_user: int
    group_ok_code: int
    legacy_underscore: str
    min_free_mb: int
    media_url: str
    media_storage: str
    media_root: Path
    media_accel: str
    media_jobs: int
    media_wait_seconds: float
    media_seconds: int
    media_encode_seconds: int
    media_memory_mb: int
    max_voice_bytes: int
    max_picture_bytes: int
    max_video_bytes: int
    max_bodies_mb: int
    max_voice_seconds: int
    max_video_seconds: int
    max_picture_pixels: int
    max_avatar_pixels: int
    mosaics: bool
    mosaic_font: str
    avatar_hosts: list[str]
    s3_bucket: str
    s3_endpoint: str
    s3_region: str


# A name, a name with all below it, an address or everything. Without a port, for none is compared.
_HOST = re.compile(r"\*|\.?[^\s/:*]+|\[[0-9A-Fa-f:.]+\]")

# A name or an address, as a URL holds it: no wildcards, for each host on the list may be called.
_AVATAR_HOST = re.compile(r"[^\s/:*.][^\s/:*]*")
_ACCEL = re.compile(r"/([^\s?#]*/)?")
_S3_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

# Names that other software knows as well, and so carry no prefix.
_SHARED_NAMES = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}


def variable(field: str) -> str:
    """The environment variable that sets `field`."""
    return _SHARED_NAMES.get(field, f"IM66_{field.upper()}")


def read() -> Environment:
    """Read and check the environment. Raises ImproperlyConfigured, naming the variable at fault."""
    _refuse_unknown_names(os.environ)
    env = Env()
    try:
        production = env.bool("IM66_PRODUCTION", default=False)
        data_dir = _folder(env, "IM66_DATA_DIR", BASE_DIR / "var")
        return Environment(
            production=production,
            data_dir=data_dir,
            secret_key=_secret_key(env, production=production, data_dir=data_dir),
            allowed_hosts=_allowed_hosts(env, production=production),
            public_url=_url(env, "IM66_PUBLIC_URL"),
            log_level=env.str(
                "IM66_LOG_LEVEL",
                default="INFO",
                validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]),
            ),
            database_url=_database_url(env, data_dir),
            redis_url=_redis_url(env),
            heartbeat_seconds=env.float(
                "IM66_HEARTBEAT_SECONDS", default=30.0, validate=validate.Range(min=0.05, max=3600)
            ),
            poll_seconds=env.float(
                "IM66_POLL_SECONDS", default=2.0, validate=validate.Range(min=0.05, max=60)
            ),
            max_text_bytes=_count(env, "IM66_MAX_TEXT_BYTES", 64 * 1024),
            max_frame_bytes=_count(env, "IM66_MAX_FRAME_BYTES", 1024 * 1024),
            login_seconds=env.float(
                "IM66_LOGIN_SECONDS", default=30.0, validate=validate.Range(min=0.05, max=3600)
            ),
            max_group_members=_count(env, "IM66_MAX_GROUP_MEMBERS", 500),
            max_groups_per_user=_count(env, "IM66_MAX_GROUPS_PER_USER", 500),
            max_name_length=_count(env, "IM66_MAX_NAME_LENGTH", 100),
            max_notice_length=_count(env, "IM66_MAX_NOTICE_LENGTH", 2000),
            max_connections_per_user=_count(env, "IM66_MAX_CONNECTIONS_PER_USER", 20),
            group_ok_code=env.int("IM66_GROUP_OK_CODE", default=1, validate=validate.OneOf([0, 1])),
            legacy_underscore=env.str(
                "IM66_LEGACY_UNDERSCORE", default="keep", validate=validate.OneOf(["keep", "fullwidth"])
            ),
            min_free_mb=env.int(
                "IM66_MIN_FREE_MB", default=256, validate=validate.Range(min=0, max=2**31 - 1)
            ),
            **_media(env, data_dir),
            **_s3(env),
        )
    except environs.EnvValidationError as error:
        named, _, _ = str(error).partition(" invalid: ")
        raise ImproperlyConfigured(f"{named} is invalid: {' '.join(error.error_messages)}") from error
    except environs.EnvError as error:
        raise ImproperlyConfigured(f"{error}.") from error


def _count(env: Env, name: str, default: int) -> int:
    return env.int(name, default=default, validate=validate.Range(min=1, max=2**31 - 1))


def _media(env: Env, data_dir: Path) -> dict[str, Any]:
    return {
        "media_url": _url(env, "IM66_MEDIA_URL"),
        "media_storage": env.str(
            "IM66_MEDIA_STORAGE", default="local", validate=validate.OneOf(["local", "s3"])
        ),
        "media_root": _folder(env, "IM66_MEDIA_ROOT", data_dir / "media"),
        "media_accel": _matching(env, "IM66_MEDIA_ACCEL", _ACCEL, "a path that begins and ends with /"),
        "media_jobs": env.int(
            "IM66_MEDIA_JOBS", default=_spare_processors(), validate=validate.Range(min=1, max=64)
        ),
        "media_wait_seconds": env.float(
            "IM66_MEDIA_WAIT_SECONDS", default=60.0, validate=validate.Range(min=0, max=600)
        ),
        "media_seconds": _count(env, "IM66_MEDIA_SECONDS", 5),
        "media_encode_seconds": _count(env, "IM66_MEDIA_ENCODE_SECONDS", 60),
        "media_memory_mb": env.int(
            "IM66_MEDIA_MEMORY_MB", default=1536, validate=validate.Range(min=256, max=2**20)
        ),
        **_sizes(env),
        "max_voice_seconds": _count(env, "IM66_MAX_VOICE_SECONDS", 600),
        "max_video_seconds": _count(env, "IM66_MAX_VIDEO_SECONDS", 600),
        "max_picture_pixels": _count(env, "IM66_MAX_PICTURE_PIXELS", 150_000_000),
        "max_avatar_pixels": _count(env, "IM66_MAX_AVATAR_PIXELS", 50_000_000),
        "mosaic_font": _font(env),
        "mosaics": env.bool("IM66_MOSAICS", default=True),
        "avatar_hosts": _avatar_hosts(env),
    }


def _sizes(env: Env) -> dict[str, int]:
    bodies: int = env.int("IM66_MAX_BODIES_MB", default=512, validate=validate.Range(min=1, max=2**20))
    files = {
        "max_voice_bytes": _count(env, "IM66_MAX_VOICE_BYTES", 10 * 1024 * 1024),
        "max_picture_bytes": _count(env, "IM66_MAX_PICTURE_BYTES", 20 * 1024 * 1024),
        "max_video_bytes": _count(env, "IM66_MAX_VIDEO_BYTES", 20 * 1024 * 1024),
    }
    # One alone gets a third: im66/arriving.py.
    if 4 * max(files.values()) > bodies * 1024 * 1024:
        raise ImproperlyConfigured("IM66_MAX_BODIES_MB must be at least four times the largest file's size.")
    return {**files, "max_bodies_mb": bodies}


def _spare_processors() -> int:
    """All but one, which the chat needs; measured by bench/uploads.py."""
    return max(1, (os.cpu_count() or 1) - 1)


def _font(env: Env) -> str:
    path: str = env.str("IM66_MOSAIC_FONT", default="")
    if path and not Path(path).is_file():
        raise ImproperlyConfigured("IM66_MOSAIC_FONT must be the path of a font file.")
    # The process that draws runs in another folder.
    return os.path.abspath(path) if path else ""


def _avatar_hosts(env: Env) -> list[str]:
    given: list[str] = env.list("IM66_AVATAR_HOSTS", default=[])
    hosts = [host.strip() for host in given if host.strip()]
    if not all(map(_AVATAR_HOST.fullmatch, hosts)):
        raise ImproperlyConfigured("IM66_AVATAR_HOSTS must be host names, without scheme, port or path.")
    return hosts


def _matching(env: Env, name: str, pattern: re.Pattern[str], meaning: str) -> str:
    value: str = env.str(name, default="")
    if value and not pattern.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be {meaning}.")
    return value


def _s3(env: Env) -> dict[str, Any]:
    """The bucket; who may write to it, boto3 finds out by itself, in the ways that AWS documents."""
    wanted = env.str("IM66_MEDIA_STORAGE", default="local") == "s3"
    bucket = _matching(env, "IM66_S3_BUCKET", _S3_NAME, "the name of a bucket")
    if wanted and not (bucket and env.str("IM66_MEDIA_URL", default="")):
        raise ImproperlyConfigured("IM66_MEDIA_STORAGE=s3 needs IM66_S3_BUCKET and IM66_MEDIA_URL.")
    return {
        "s3_bucket": bucket,
        "s3_endpoint": _url(env, "IM66_S3_ENDPOINT"),
        "s3_region": _matching(env, "IM66_S3_REGION", _S3_NAME, "the name of a region"),
    }


def _refuse_unknown_names(environ: Mapping[str, str]) -> None:
    known = {variable(field.name) for field in fields(Environment)}
    for name in environ:
        if name.startswith("IM66_") and name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise ImproperlyConfigured(f"{name} is not a setting of im66.{hint}")


def _folder(env: Env, name: str, default: Path) -> Path:
    path: Path = env.path(name, default=default)
    nearest = next(folder for folder in (path, *path.resolve().parents) if folder.exists())
    # The empty name would be whatever folder the process happens to run in.
    if os.environ.get(name) == "" or not nearest.is_dir():
        raise ImproperlyConfigured(f"{name} must be a folder, or one that can be made.")
    return path


def make_folder(name: str, path: Path) -> None:
    """Make the folder that the variable `name` wants, if it is not there. Raises ImproperlyConfigured."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} must be a folder that can be made: {error.strerror}.") from error


def _database_url(env: Env, data_dir: Path) -> str:
    default = f"sqlite:///{quote(str(data_dir.resolve() / 'im66.sqlite3'))}"
    url: str = env.str("DATABASE_URL", default=default)
    parts = _split(url)
    if not parts or parts.scheme not in ("sqlite", "postgres", "postgresql") or len(parts.path) < 2:
        raise ImproperlyConfigured(
            "DATABASE_URL must be sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/NAME, percent-encoded."
        )
    return url


def _redis_url(env: Env) -> str:
    url: str = env.str("REDIS_URL", default="")
    parts = _split(url)
    if url and (not parts or parts.scheme not in ("redis", "rediss", "unix") or url == "unix://"):
        raise ImproperlyConfigured("REDIS_URL must start with redis://, rediss:// or unix:// and a path.")
    if url:
        _try_redis_url(url)
    return url


def _try_redis_url(url: str) -> None:
    # Here, for most start without it.
    from redis import ConnectionPool, RedisError

    try:
        ConnectionPool.from_url(url).make_connection()  # which connects to nothing yet
    except TypeError as error:
        option = str(error).rpartition(" ")[2]
        raise ImproperlyConfigured(f"REDIS_URL has an option that does not exist: {option}.") from error
    except (RedisError, ValueError) as error:
        raise ImproperlyConfigured(f"REDIS_URL cannot be used: {str(error).rstrip('.')}.") from error


def _allowed_hosts(env: Env, *, production: bool) -> list[str]:
    given: list[str] = env.list("IM66_ALLOWED_HOSTS", default=[])
    hosts = [host.strip() for host in given if host.strip()]
    if not all(map(_HOST.fullmatch, hosts)):
        raise ImproperlyConfigured("IM66_ALLOWED_HOSTS must be host names, without scheme, port or path.")
    if production and not hosts:
        raise ImproperlyConfigured(
            "IM66_ALLOWED_HOSTS is required in production: the host names clients use, separated by commas."
        )
    return hosts or ["*"]


def _url(env: Env, name: str) -> str:
    url: str = env.str(name, default="").rstrip("/")
    parts = _split(url)
    if url and (
        not parts
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
    ):
        raise ImproperlyConfigured(
            f"{name} must start with http:// or https:// and a host, without query or fragment."
        )
    return url


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None if it is none."""
    try:
        parts = urlsplit(url)
        well_formed = parts.port != 0 and "://" in url and not re.search(r"\s", url)
    except ValueError:
        return None
    return parts if well_formed else None


def _secret_key(env: Env, *, production: bool, data_dir: Path) -> str:
    if production or "IM66_SECRET_KEY" in os.environ:
        key: str = env.str("IM66_SECRET_KEY", validate=validate.Length(min=KEY_CHARACTERS))
        return key
    try:
        return _generated_key(data_dir / "secret-key")
    except OSError as error:
        raise ImproperlyConfigured(
            f"IM66_DATA_DIR must be a folder that can be written to: {error.strerror}."
        ) from error


def _generated_key(path: Path) -> str:
    """The key in `path`, made on first use.

    Two processes may start at once: both may write a candidate, only the first is linked into place, and
    both read that one.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        candidate = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        candidate.touch(mode=0o600)
        candidate.write_text(secrets.token_urlsafe(50))
        try:
            path.hardlink_to(candidate)
        except FileExistsError:
            pass
        finally:
            candidate.unlink()
    try:
        key = path.read_text()
    except UnicodeDecodeError:
        key = ""
    if len(key) < KEY_CHARACTERS:  # as after a full disk
        raise ImproperlyConfigured(f"{path} holds no key: without it, another is made.")
    return key
