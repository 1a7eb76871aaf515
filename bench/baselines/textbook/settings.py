"""Django's settings for the textbook consumer."""

import os
from typing import Any
from urllib.parse import unquote, urlsplit

SECRET_KEY = "only ever used for measuring, on the loopback interface"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["channels", "bench.baselines.textbook"]
ROOT_URLCONF = "bench.baselines.textbook.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True


def _database() -> dict[str, Any]:
    url = urlsplit(os.environ["DATABASE_URL"])
    if url.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.path[1:]),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path[1:],
        "USER": url.username,
        "HOST": url.hostname,
        "PORT": url.port,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 20}},
    }


def _layer(redis: str) -> dict[str, Any]:
    if not redis:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 100_000}}
    return {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis]}}


DATABASES = {"default": _database()}
CHANNEL_LAYERS = {"default": _layer(os.environ.get("REDIS_URL", ""))}
