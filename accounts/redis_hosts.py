"""The Redis of `REDIS_URL`: one, several, or the master that Sentinels name.

redis://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE, rediss:// for TLS, or unix://PATH. The channel layer uses
all hosts, each group on one of them; everything else uses the first.

redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/MASTER/DATABASE, rediss+sentinel:// for TLS: the hosts are
Sentinels, and the rest is of the master, but for `?sentinel_username=` and `?sentinel_password=`.
"""

import re
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import redis
from redis import asyncio as async_redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel

# If Redis does not answer within this time, it does not answer at all.
ANSWER_SECONDS = 5.0
# If Redis has closed a connection, it is opened again at once.
_AGAIN = (NoBackoff(), 1, (redis.ConnectionError,))
_SENTINEL_PORT = 26379
_OF_SENTINELS = ("sentinel_username", "sentinel_password")


def connect(url: str, answer_seconds: float) -> redis.Redis:
    """A client for threads. A call fails if it takes longer than `answer_seconds`, and is not tried again."""
    host = _retrying(hosts(url, answer_seconds)[0], Retry(*_AGAIN))
    return cast(redis.Redis, _client(host, redis.Redis, Sentinel))


def connect_async(url: str) -> async_redis.Redis:
    """A client for an event loop. It must be closed."""
    host = layer_hosts(url)[0]
    return cast(async_redis.Redis, _client(host, async_redis.Redis, async_redis.Sentinel))


def channel_layer(url: str, secret_keys: Sequence[str]) -> dict[str, Any]:
    """An entry of CHANNEL_LAYERS. What goes through Redis is encrypted, because others may use it too: by the
    first of the keys, and any of them decrypts."""
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": layer_hosts(url),
            "prefix": "im66",
            "symmetric_encryption_keys": [f"channel layer {one}" for one in secret_keys],
        },
    }


def layer_hosts(url: str) -> list[dict[str, Any]]:
    """The `hosts` of a channel layer of channels-redis."""
    return [_retrying(host, AsyncRetry(*_AGAIN)) for host in hosts(url, ANSWER_SECONDS)]


def _retrying(host: dict[str, Any], retry: Any) -> dict[str, Any]:
    """Also the Sentinels: redis-py would ask one that is away for nine seconds."""
    if "sentinel_kwargs" in host:
        host["sentinel_kwargs"]["retry"] = retry
    return host | {"retry": retry}


def hosts(url: str, answer_seconds: float = ANSWER_SECONDS) -> list[dict[str, Any]]:
    """How to connect to each, as channels-redis takes it. Raises ValueError, TypeError and RedisError for
    what is no such URL. Connects to nothing."""
    options = {
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": answer_seconds,
        "protocol": 2,  # every Redis speaks this version
    }
    scheme, authority, rest = _parts(url)
    user, at, named = authority.rpartition("@")
    if scheme.endswith("+sentinel"):
        return [_master(scheme.removesuffix("+sentinel"), user + at, named, rest, options)]
    urls = [f"{scheme}://{user}{at}{host}{rest}" for host in named.split(",")]
    for each in urls:
        redis.ConnectionPool.from_url(each).make_connection()
    return [{"address": each, **options} for each in urls]


def _parts(url: str) -> tuple[str, str, str]:
    parts = re.fullmatch(r"([^:/]+)://([^/?]*)(.*)", url)
    if not parts:
        raise ValueError("it is no URL")
    scheme, authority, rest = parts.groups()
    return scheme, authority, rest


def _master(scheme: str, user: str, named: str, rest: str, options: dict[str, Any]) -> dict[str, Any]:
    path, _, query = rest.partition("?")
    name, _, database = path.strip("/").partition("/")
    if not name:
        raise ValueError("the name of the master is missing")
    query_options = dict(parse_qsl(query))
    own = {
        each.removeprefix("sentinel_"): query_options.pop(each)
        for each in _OF_SENTINELS
        if each in query_options
    }
    # What is left is as of a Redis without Sentinels.
    url = f"{scheme}://{user}/{database}?{urlencode(query_options)}"
    redis.ConnectionPool.from_url(url).make_connection()
    master: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    if master.pop("connection_class", None):
        master["ssl"] = True
    tls = {each: value for each, value in master.items() if each.startswith("ssl")}
    return {
        "master_name": unquote(name),
        "sentinels": [_address(host) for host in named.split(",")],
        "sentinel_kwargs": options | own | tls,
        **options,
        **master,
    }


def _address(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    if not parts.hostname:
        raise ValueError("the host of a Sentinel is missing")
    return parts.hostname, parts.port or _SENTINEL_PORT


def _client(host: dict[str, Any], redis_class: Any, sentinel_class: Any) -> Any:
    if "address" in host:
        return redis_class.from_url(host.pop("address"), **host)
    sentinels = sentinel_class(host.pop("sentinels"), sentinel_kwargs=host.pop("sentinel_kwargs"))
    return sentinels.master_for(host.pop("master_name"), **host)
