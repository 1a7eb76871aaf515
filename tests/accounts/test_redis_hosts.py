"""What REDIS_URL says of the Redis, the channel layer and the clients alike."""

from typing import Any

import pytest
from channels_redis.serializers import registry

from accounts.redis_hosts import channel_layer, connect, hosts

OPTIONS = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "protocol": 2}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h:1/2", [{"address": "redis://h:1/2"}]),
        ("unix:///run/redis.sock?db=2", [{"address": "unix:///run/redis.sock?db=2"}]),
        (
            "rediss://user:p%40@h1,h2:6380/2?ssl_cert_reqs=none",
            [
                {"address": "rediss://user:p%40@h1/2?ssl_cert_reqs=none"},
                {"address": "rediss://user:p%40@h2:6380/2?ssl_cert_reqs=none"},
            ],
        ),
        (
            "redis+sentinel://h1,[::1]:5/im66",
            [{"master_name": "im66", "sentinels": [("h1", 26379), ("::1", 5)], "sentinel_kwargs": OPTIONS}],
        ),
        (
            "rediss+sentinel://user:p%40@h1/im66/2?sentinel_password=q&ssl_cert_reqs=none",
            [
                {
                    "master_name": "im66",
                    "sentinels": [("h1", 26379)],
                    "sentinel_kwargs": {**OPTIONS, "password": "q", "ssl": True, "ssl_cert_reqs": "none"},
                    "username": "user",
                    "password": "p@",
                    "db": 2,
                    "ssl": True,
                    "ssl_cert_reqs": "none",
                }
            ],
        ),
    ],
)
def test_url_names_hosts_and_options(url: str, expected: list[dict[str, Any]]) -> None:
    assert hosts(url, 1.0) == [OPTIONS | each for each in expected]
    connect(url, 1.0).close()


def test_channel_layer_reads_what_a_fallback_has_encrypted() -> None:
    def serializer(*keys: str) -> Any:
        config = channel_layer("redis://h", keys)["CONFIG"]
        return registry.get_serializer(
            "msgpack", symmetric_encryption_keys=config["symmetric_encryption_keys"]
        )

    old, rotating, new = serializer("old"), serializer("new", "old"), serializer("new")
    assert rotating.deserialize(old.serialize("from before")) == "from before"
    assert new.deserialize(rotating.serialize("from now on")) == "from now on"
