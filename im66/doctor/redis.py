"""Checks Redis, which the processes share."""

import time

from django.conf import settings
from django.db import Error
from django.utils import timezone
from django.utils.translation import gettext_noop

from im66.doctor.clocks import drift
from im66.doctor.findings import Fault, Findings

ANSWER_SECONDS = 3.0

AWAY = Fault(
    "redis.away",
    gettext_noop("Redis cannot be reached: %(why)s."),
    gettext_noop("Start it, or correct REDIS_URL."),
)
LOGIN = Fault(
    "redis.login",
    gettext_noop("Redis refuses the login."),
    gettext_noop(
        "Put the right user and password into REDIS_URL, and let the user use all keys and channels."
    ),
)
NO_MASTER = Fault(
    "redis.no_master",
    gettext_noop("No Sentinel names a master: %(why)s."),
    gettext_noop("Correct the Sentinels and the name of the master in REDIS_URL."),
)
READ_ONLY = Fault(
    "redis.read_only",
    gettext_noop("Redis takes no writes: %(why)s."),
    gettext_noop("Let REDIS_URL name the master, with memory and disk to spare."),
)
CLOCK = Fault(
    "redis.clock",
    gettext_noop("The clock of Redis differs by %(seconds)d s."),
    gettext_noop("Run chrony or systemd-timesyncd on both machines."),
)
NEEDED = Fault(
    "redis.needed",
    gettext_noop(
        "%(number)d processes serve without Redis: messages between them are late, and limits count double."
    ),
    gettext_noop("Install Redis and set REDIS_URL."),
)


def check() -> Findings:
    if not settings.IM66.redis_url:
        return _check_without_redis()
    return _check_redis(settings.IM66.redis_url)


def _check_redis(url: str) -> Findings:
    # Imported here, because most installations have no Redis.
    import redis
    from redis.sentinel import MasterNotFoundError

    from accounts.redis_hosts import connect

    try:
        with connect(url, ANSWER_SECONDS) as client:
            sent_at = time.time()
            seconds, microseconds = client.time()
            if difference := drift(seconds + microseconds / 1e6, sent_at):
                yield CLOCK.finding(seconds=difference)
            client.set("im66.doctor", "1", ex=1)
    except MasterNotFoundError as error:
        yield NO_MASTER.finding(why=_brief(error))
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError):
        yield LOGIN.finding()
    except (redis.ReadOnlyError, redis.exceptions.OutOfMemoryError) as error:
        yield READ_ONLY.finding(why=_brief(error))
    except redis.ResponseError as error:
        text = _brief(error)
        yield LOGIN.finding() if "NOAUTH" in text else READ_ONLY.finding(why=text)
    except (redis.RedisError, OSError) as error:
        yield AWAY.finding(why=_brief(error))


def _check_without_redis() -> Findings:
    from moderation.counting.heartbeats import MISSING_AFTER
    from moderation.models import Process

    try:
        number = Process.objects.filter(seen_at__gt=timezone.now() - MISSING_AFTER).count()
    except Error:
        return
    if number > 1:
        yield NEEDED.finding(number=number)


def _brief(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
