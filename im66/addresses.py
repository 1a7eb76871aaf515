"""Settings that are addresses: URLs, host names, proxies, the database and Redis."""

import re
from collections.abc import Collection
from ipaddress import ip_network
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from accounts.proxies import Network, Proxies
from im66.variables import Before, setting

# A name, a name with all below it, an address or everything. Without a port, for none is compared.
_HOST_SERVED = re.compile(r"\*|\.?[^\s/:*]+|\[[0-9A-Fa-f:.]+\]")
# A name or an address, and a port: no wildcards, for each on the list may be called.
_HOST_CALLED = re.compile(r"[^\s/:*.][^\s/:*]*(?::[1-9][0-9]{0,4})?")
# In ASCII, because not every host takes others.
MAIL_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
# How a host that takes mail is spoken to: with TLS from a word on, from the start, or never.
_MAIL_PORTS = {"smtp+tls": 587, "smtps": 465, "smtp": 25}
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "redis+sentinel://", "rediss+sentinel://")
# What a browser or a web view calls the origin of a page: lower case, without what follows the port.
_ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# The origin of pages that have none, such as files and sandboxed frames.
_NO_ORIGIN = "null"
# Each call of another origin is compared with all of them.
_MAX_ORIGINS = 100
# Among proxies: connections through a socket in the file system.
_UNIX = "unix"


def url() -> str:
    """The address of a site or of what is below it, without a slash at its end; none by default."""
    return setting(_url)


def database() -> str:
    """SQLite in the data folder by default."""
    return setting(_database_url)


def redis() -> str:
    """No Redis by default."""
    return setting(_redis_url)


def hosts_served() -> list[str]:
    """The hosts that clients may ask for: all by default, but in production they must be named."""
    return setting(_hosts_served)


def hosts_called() -> list[str]:
    """The hosts that the server itself may call, some with a port; none by default."""
    return setting(lambda env, name, _before: _hosts(env, name, _HOST_CALLED, "scheme"))


def origins_let_in() -> list[str]:
    """The origins whose pages may use the API, sockets and media with a token; none by default."""
    return setting(_origins)


def origins_of_frames() -> list[str]:
    """The origins of the sites that may have the chat client in a frame; none by default."""
    return setting(_frame_origins)


def mail_host() -> str:
    """The host that takes mail; none by default."""
    return setting(_mail_host)


def mail_addresses() -> list[str]:
    """Where mail is sent to; nowhere by default."""
    return setting(_mail_addresses)


def mail_settings(url: str) -> dict[str, Any]:
    """Django's settings for the host that is given as `mail_host` takes it."""
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
    """What a browser calls the site of `url`."""
    parts = urlsplit(url)
    standing = _DEFAULT_PORTS[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, standing) else "")


def proxies_in_front() -> Proxies:
    """The proxies whose word on their clients is believed; none by default."""
    return setting(_proxies)


def _url(env: Env, name: str, _before: Before) -> str:
    value: str = env.str(name, default="").rstrip("/")
    parts = _split(value)
    if value and not (parts and _is_of_host(parts, ("http", "https"))):
        raise ImproperlyConfigured(
            f"{name} must start with http:// or https:// and a host, without query or fragment."
        )
    return value


def _mail_host(env: Env, name: str, _before: Before) -> str:
    value: str = env.str(name, default="")
    parts = _split(value)
    if value and not (parts and _is_of_host(parts, _MAIL_PORTS) and not parts.path.strip("/")):
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
    """The parts of PostgreSQL's URL, which may name several hosts with commas; None if it is none."""
    if re.search(r"\s", value) or not value.startswith(("postgres://", "postgresql://")):
        return None
    # Here, for most start without it.
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        ports = str(conninfo_to_dict(value).get("port", "")).split(",")
    except ProgrammingError as error:
        # Other complaints would show the password.
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
    # Here, for most start without it.
    from redis import RedisError

    from accounts.redis_hosts import hosts

    try:
        hosts(value)
    except TypeError as error:
        option = str(error).rpartition(" ")[2]
        raise ImproperlyConfigured(f"{name} has an option that does not exist: {option}.") from error
    except (RedisError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {str(error).rstrip('.')}.") from error


def _is_of_host(parts: SplitResult, schemes: Collection[str]) -> bool:
    """Whether a host is named, by one of these schemes, and nothing follows its path."""
    return bool(parts.scheme in schemes and parts.hostname and not (parts.query or parts.fragment))


def _split(value: str) -> SplitResult | None:
    """The parts of a URL; None if it is none."""
    try:
        parts = urlsplit(value)
        well_formed = parts.port != 0 and "://" in value and not re.search(r"\s", value)
    except ValueError:
        return None
    return parts if well_formed else None


def _hosts_served(env: Env, name: str, before: Before) -> list[str]:
    hosts = _hosts(env, name, _HOST_SERVED)
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
    origins = list(dict.fromkeys(one.strip() for one in values if one.strip()))
    if len(origins) > _MAX_ORIGINS or not all(map(_is_origin, origins)):
        raise ImproperlyConfigured(
            f"{name} must be at most {_MAX_ORIGINS} origins, separated by commas, as browsers write them:"
            " https://app.example.com, capacitor://localhost, null. Without the default port, path or *."
        )
    return origins


def _frame_origins(env: Env, name: str, before: Before) -> list[str]:
    origins = _origins(env, name, before)
    if not all(one.startswith(("http://", "https://")) for one in origins):
        raise ImproperlyConfigured(f"{name} must be origins of sites, which begin with http:// or https://.")
    return origins


def _is_origin(value: str) -> bool:
    parts = _split(value) if _ORIGIN.fullmatch(value) else None
    return value == _NO_ORIGIN or (parts is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme, 0))


def _proxies(env: Env, name: str, _before: Before) -> Proxies:
    written: list[str] = env.list(name, default=[])
    values = [one.strip() for one in written if one.strip()]
    try:
        networks = tuple(_network(one) for one in values if one != _UNIX)
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
