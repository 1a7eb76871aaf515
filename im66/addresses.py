"""Settings whose values are addresses: URLs, host names, proxies, the database and Redis."""

import re
from collections.abc import Collection
from ipaddress import ip_network
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from accounts.proxies import Network, Proxies
from im66.variables import Before, setting

# A name, a domain with its subdomains (.example.com), an address or *. Without a port, which is not compared.
_ALLOWED_HOST = re.compile(r"\*|\.?[^\s/:*]+|\[[0-9A-Fa-f:.]+\]")
# A name or an address, and a port: no wildcards, because the server itself sends requests to these hosts.
_OUTGOING_HOST = re.compile(r"[^\s/:*.][^\s/:*]*(?::[1-9][0-9]{0,4})?")
# ASCII only, because not every mail server accepts other addresses.
MAIL_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
# STARTTLS, TLS from the start, or no TLS.
_MAIL_PORTS = {"smtp+tls": 587, "smtps": 465, "smtp": 25}
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "redis+sentinel://", "rediss+sentinel://")
# An origin as browsers and web views send it: in lower case, and only up to the port.
_ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# The origin that browsers send for pages without one, such as files and sandboxed frames.
_NO_ORIGIN = "null"
# Each cross-origin request is compared with all of them.
_MAX_ORIGINS = 100
# In the list of proxies: connections through a Unix socket.
_UNIX = "unix"


def url() -> str:
    """An http or https URL without a trailing slash; empty by default."""
    return setting(_url)


def database() -> str:
    """SQLite in the data folder by default."""
    return setting(_database_url)


def redis() -> str:
    """No Redis by default."""
    return setting(_redis_url)


def allowed_hosts() -> list[str]:
    """The values of Host that clients may send: all by default; in production the setting is required."""
    return setting(_allowed_hosts)


def outgoing_hosts() -> list[str]:
    """The hosts, with or without a port, to which the server may send requests; none by default."""
    return setting(lambda env, name, _before: _hosts(env, name, _OUTGOING_HOST, "scheme"))


def allowed_origins() -> list[str]:
    """The origins whose pages may use the API, sockets and media with a token; none by default."""
    return setting(_origins)


def frame_origins() -> list[str]:
    """The origins of the sites that may embed the chat client in a frame; none by default."""
    return setting(_frame_origins)


def mail_host() -> str:
    """The URL of the mail server; none by default."""
    return setting(_mail_host)


def mail_addresses() -> list[str]:
    """The recipients of mail; none by default."""
    return setting(_mail_addresses)


def mail_settings(url: str) -> dict[str, Any]:
    """Return Django's settings for the mail server with this URL, as `mail_host` validates it."""
    parts = urlsplit(url)
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or _MAIL_PORTS.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def origin_of(url: str) -> str:
    """Return the origin of `url` as browsers send it."""
    parts = urlsplit(url)
    default_port = _DEFAULT_PORTS[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default_port) else "")


def trusted_proxies() -> Proxies:
    """The proxies whose forwarded headers are trusted; none by default."""
    return setting(_proxies)


def _url(env: Env, name: str, _before: Before) -> str:
    value: str = env.str(name, default="").rstrip("/")
    parts = _split(value)
    if value and not (parts and _is_plain_url(parts, ("http", "https"))):
        raise ImproperlyConfigured(
            f"{name} must start with http:// or https:// and a host, without query or fragment."
        )
    return value


def _mail_host(env: Env, name: str, _before: Before) -> str:
    value: str = env.str(name, default="")
    parts = _split(value)
    if value and not (parts and _is_plain_url(parts, _MAIL_PORTS) and not parts.path.strip("/")):
        raise ImproperlyConfigured(
            f"{name} must be smtp+tls://USER:PASSWORD@HOST:PORT, percent-encoded, or begin with smtps:// or smtp://."
        )
    if parts and parts.password and parts.scheme == "smtp":
        raise ImproperlyConfigured(
            f"{name} would send the password in the clear: use smtp+tls:// or smtps://."
        )
    return value


def _mail_addresses(env: Env, name: str, _before: Before) -> list[str]:
    values: list[str] = env.list(name, default=[])
    addresses = list(dict.fromkeys(address.strip() for address in values if address.strip()))
    if not all(re.fullmatch(MAIL_ADDRESS, address) and len(address) <= 254 for address in addresses):
        raise ImproperlyConfigured(f"{name} must be mail addresses, separated by commas.")
    return addresses


def _database_url(env: Env, name: str, before: Before) -> str:
    default = f"sqlite:///{quote(str(before['data_dir'].resolve() / 'im66.sqlite3'))}"
    value: str = env.str(name, default=default)
    parts = _split(value) if value.startswith("sqlite:") else _postgresql_parts(name, value)
    if not parts or len(parts.path) < 2:
        raise ImproperlyConfigured(
            f"{name} must be sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/NAME, percent-encoded."
        )
    return value


def _postgresql_parts(name: str, value: str) -> SplitResult | None:
    """Return the parts of a PostgreSQL URL, which may have several hosts; None if it is invalid."""
    if re.search(r"\s", value) or not value.startswith(("postgres://", "postgresql://")):
        return None
    # Imported here, because most installations start without it.
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        ports = str(conninfo_to_dict(value).get("port", "")).split(",")
    except ProgrammingError as error:
        # The texts of other errors may contain the password.
        if "query parameter" in str(error):
            raise ImproperlyConfigured(f"{name} cannot be used: {str(error).strip()}.") from error
        return None
    return urlsplit(value) if all(re.fullmatch(r"[1-9]\d{0,4}|", port) for port in ports) else None


def _redis_url(env: Env, name: str, _before: Before) -> str:
    value: str = env.str(name, default="")
    if value and (re.search(r"\s", value) or not value.startswith(_REDIS_SCHEMES) or value == "unix://"):
        raise ImproperlyConfigured(
            f"{name} must start with redis://, rediss://, unix:// and a path, or redis+sentinel://."
        )
    if value:
        _check_redis_url(name, value)
    return value


def _check_redis_url(name: str, value: str) -> None:
    # Imported here, because most installations start without it.
    from redis import RedisError

    from accounts.redis_hosts import hosts

    try:
        hosts(value)
    except TypeError as error:
        option = str(error).rpartition(" ")[2]
        raise ImproperlyConfigured(f"{name} has an option that does not exist: {option}.") from error
    except (RedisError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {str(error).rstrip('.')}.") from error


def _is_plain_url(parts: SplitResult, schemes: Collection[str]) -> bool:
    """Whether the URL has one of these schemes and a host, and neither query nor fragment."""
    return bool(parts.scheme in schemes and parts.hostname and not (parts.query or parts.fragment))


def _split(value: str) -> SplitResult | None:
    """Return the parts of a URL; None if it is malformed."""
    try:
        parts = urlsplit(value)
        well_formed = parts.port != 0 and "://" in value and not re.search(r"\s", value)
    except ValueError:
        return None
    return parts if well_formed else None


def _allowed_hosts(env: Env, name: str, before: Before) -> list[str]:
    hosts = _hosts(env, name, _ALLOWED_HOST)
    if before["production"] and not hosts:
        raise ImproperlyConfigured(
            f"{name} is required in production: the host names clients use, separated by commas."
        )
    return hosts or ["*"]


def _hosts(env: Env, name: str, pattern: re.Pattern[str], without: str = "scheme, port") -> list[str]:
    values: list[str] = env.list(name, default=[])
    hosts = [host.strip() for host in values if host.strip()]
    if not all(map(pattern.fullmatch, hosts)):
        raise ImproperlyConfigured(f"{name} must be host names, without {without} or path.")
    return hosts


def _origins(env: Env, name: str, _before: Before) -> list[str]:
    values: list[str] = env.list(name, default=[])
    origins = list(dict.fromkeys(origin.strip() for origin in values if origin.strip()))
    if len(origins) > _MAX_ORIGINS or not all(map(_is_origin, origins)):
        raise ImproperlyConfigured(
            f"{name} must be at most {_MAX_ORIGINS} origins, separated by commas, as browsers write them:"
            " https://app.example.com, capacitor://localhost, null. Without the default port, path or *."
        )
    return origins


def _frame_origins(env: Env, name: str, before: Before) -> list[str]:
    origins = _origins(env, name, before)
    if not all(origin.startswith(("http://", "https://")) for origin in origins):
        raise ImproperlyConfigured(f"{name} must be origins of sites, which begin with http:// or https://.")
    return origins


def _is_origin(value: str) -> bool:
    parts = _split(value) if _ORIGIN.fullmatch(value) else None
    return value == _NO_ORIGIN or (parts is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme, 0))


def _proxies(env: Env, name: str, _before: Before) -> Proxies:
    listed: list[str] = env.list(name, default=[])
    values = [value.strip() for value in listed if value.strip()]
    try:
        networks = tuple(_network(value) for value in values if value != _UNIX)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be addresses and networks (10.0.0.0/8), or unix, separated by commas: {error}."
        ) from error
    return Proxies(networks, _UNIX in values)


def _network(value: str) -> Network:
    network = ip_network(value)
    if network.prefixlen == 0:
        raise ValueError(f"{value} is everybody")
    return network
