"""`manage.py simulate`: sends a receiver of webhooks one of each event, and says how it does."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.client import SECONDS, Client, RequestFailed
from notifications.events import EVENTS
from notifications.exchange import OutgoingRequest
from notifications.models.endpoints import new_secret, validate_secret, validate_url
from notifications.providers.webhook import envelope, signature, signed
from notifications.samples import sample

PAUSE_SECONDS = 1.0
# Older than any receiver should take.
_OLD_SECONDS = 3600


class _Direct(OutgoingRequest):
    """The developer who runs this has named the address, which may well be this machine."""

    @property
    def may_be_private(self) -> bool:
        return True


class _Try(NamedTuple):
    """`is_taken`: whether the receiver should take it."""

    what: str
    request: OutgoingRequest
    is_taken: bool = True


class Command(BaseCommand):
    help = "Send a receiver of webhooks each event, signed, and check what it answers. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="of the receiver")
        parser.add_argument("--secret", required=True, help="whsec_…, by which it verifies signatures")
        parser.add_argument("--event", action="append", choices=EVENTS, metavar="TYPE", help="only this one")
        parser.add_argument("--without-text", action="store_true", help="as for an endpoint without text")
        parser.add_argument("--duplicates", action="store_true", help="send each event twice")
        parser.add_argument(
            "--retries", type=int, choices=range(11), default=0, help="so often again, if it is not taken"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_url(options["url"])
            validate_secret(options["secret"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        failed = asyncio.run(_run(options, self.stdout.write))
        if failed:
            raise CommandError(f"{failed} of these are not as they should be.")
        self.stdout.write("The receiver does as it should.")


async def _run(options: dict[str, Any], write: Callable[[str], Any]) -> int:
    """How many went wrong."""
    failed = 0
    with closing(Client()) as client:
        async for one, answer, seconds in _answers(client, options):
            is_right = isinstance(answer, int) and (200 <= answer < 300) is one.is_taken
            failed += not is_right
            should = "" if is_right else f": should answer {'2xx' if one.is_taken else '4xx'}"
            write(f"{'ok  ' if is_right else 'FAIL'} {one.what}: {answer}, {seconds * 1000:.0f} ms{should}")
    return failed


async def _answers(client: Client, options: dict[str, Any]) -> AsyncIterator[tuple[_Try, int | str, float]]:
    """Of each try the status, or why there is none, and how long it took."""
    for one in _tries(options):
        for attempt in range(1 + options["retries"]):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS * attempt)
            began = time.monotonic()
            try:
                answer: int | str = (await client.send(_Direct(*one.request), SECONDS)).status
            except RequestFailed as error:
                answer = str(error)
            named = one if not attempt else one._replace(what=f"{one.what}, attempt {attempt + 1}")
            is_last = attempt == options["retries"] or not one.is_taken
            if is_last or (isinstance(answer, int) and 200 <= answer < 300):
                yield named, answer, time.monotonic() - began
                break


def _tries(options: dict[str, Any]) -> list[_Try]:
    url, secret = options["url"], options["secret"]
    tries = []
    for number, event in enumerate(options["event"] or EVENTS, 1):
        data = sample(event, with_text=not options["without_text"])
        request = signed(url, secret, f"simulated-{number}", envelope(event, time.time(), data).encode())
        tries.append(_Try(event, request))
        if options["duplicates"]:
            tries.append(_Try(f"{event}, the same again", request))
    return [*tries, *_special(url, secret)]


def _special(url: str, secret: str) -> list[_Try]:
    """What receivers get wrong: events that they do not know, a rotation of the secret, forged requests."""
    body = envelope("message.created", time.time(), sample("message.created")).encode()
    later = envelope("later.version", time.time(), {"more": {"than": ["now"]}}).encode()
    good = signed(url, secret, "simulated-0", body)
    old = int(time.time()) - _OLD_SECONDS
    both = signed(url, f"{new_secret()} {secret.split()[-1]}", "simulated-rotation", body)
    unsigned = [(name, value) for name, value in good.headers if name != "webhook-signature"]
    stale = {"webhook-timestamp": str(old), "webhook-signature": signature(secret, "simulated-0", old, body)}
    return [
        _Try("an event of a later version", signed(url, secret, "simulated-later", later)),
        _Try("two signatures, during a rotation", both),
        _Try("signed with another secret", signed(url, new_secret(), "simulated-0", body), is_taken=False),
        _Try("another body than signed", good._replace(body=later), is_taken=False),
        _Try("without a signature", good._replace(headers=unsigned), is_taken=False),
        _Try("signed an hour ago", _with(good, stale), is_taken=False),
    ]


def _with(request: OutgoingRequest, headers: dict[str, str]) -> OutgoingRequest:
    return request._replace(headers=[(name, headers.get(name, value)) for name, value in request.headers])
