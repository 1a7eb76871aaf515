"""`manage.py simulate`: sends each kind of event to a webhook receiver, and checks its answers."""

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
# Older than any receiver should accept.
_OLD_SECONDS = 3600


class _Direct(OutgoingRequest):
    """A request that may go to a private address, because the developer has chosen it."""

    @property
    def may_be_private(self) -> bool:
        return True


class _Case(NamedTuple):
    """A request, and whether the receiver should accept it."""

    what: str
    request: OutgoingRequest
    should_accept: bool = True


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
    """Send all requests and report the answers. Return the number of wrong answers."""
    failed = 0
    with closing(Client()) as client:
        async for case, answer, seconds in _answers(client, options):
            is_right = isinstance(answer, int) and (200 <= answer < 300) is case.should_accept
            failed += not is_right
            should = "" if is_right else f": should answer {'2xx' if case.should_accept else '4xx'}"
            write(f"{'ok  ' if is_right else 'FAIL'} {case.what}: {answer}, {seconds * 1000:.0f} ms{should}")
    return failed


async def _answers(client: Client, options: dict[str, Any]) -> AsyncIterator[tuple[_Case, int | str, float]]:
    """Yield each case with the status or the error, and the duration."""
    for case in _cases(options):
        for attempt in range(1 + options["retries"]):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS * attempt)
            began = time.monotonic()
            try:
                answer: int | str = (await client.send(_Direct(*case.request), SECONDS)).status
            except RequestFailed as error:
                answer = str(error)
            shown = case if not attempt else case._replace(what=f"{case.what}, attempt {attempt + 1}")
            is_last = attempt == options["retries"] or not case.should_accept
            if is_last or (isinstance(answer, int) and 200 <= answer < 300):
                yield shown, answer, time.monotonic() - began
                break


def _cases(options: dict[str, Any]) -> list[_Case]:
    url, secret = options["url"], options["secret"]
    cases = []
    for number, event in enumerate(options["event"] or EVENTS, 1):
        data = sample(event, with_text=not options["without_text"])
        request = signed(url, secret, f"simulated-{number}", envelope(event, time.time(), data).encode())
        cases.append(_Case(event, request))
        if options["duplicates"]:
            cases.append(_Case(f"{event}, the same again", request))
    return [*cases, *_special_cases(url, secret)]


def _special_cases(url: str, secret: str) -> list[_Case]:
    """Return cases that receivers often handle wrongly: unknown events, rotated secrets, forged requests."""
    body = envelope("message.created", time.time(), sample("message.created")).encode()
    later = envelope("later.version", time.time(), {"more": {"than": ["now"]}}).encode()
    good = signed(url, secret, "simulated-0", body)
    old = int(time.time()) - _OLD_SECONDS
    both = signed(url, f"{new_secret()} {secret.split()[-1]}", "simulated-rotation", body)
    unsigned = [(name, value) for name, value in good.headers if name != "webhook-signature"]
    stale = {"webhook-timestamp": str(old), "webhook-signature": signature(secret, "simulated-0", old, body)}
    return [
        _Case("an event of a later version", signed(url, secret, "simulated-later", later)),
        _Case("two signatures, during a rotation", both),
        _Case(
            "signed with another secret", signed(url, new_secret(), "simulated-0", body), should_accept=False
        ),
        _Case("another body than signed", good._replace(body=later), should_accept=False),
        _Case("without a signature", good._replace(headers=unsigned), should_accept=False),
        _Case("signed an hour ago", _with(good, stale), should_accept=False),
    ]


def _with(request: OutgoingRequest, headers: dict[str, str]) -> OutgoingRequest:
    return request._replace(headers=[(name, headers.get(name, value)) for name, value in request.headers])
