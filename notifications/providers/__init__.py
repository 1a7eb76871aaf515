"""Providers of notifications: push services and webhooks. Each has a module, which registers its Provider.

A provider decides who gets a notice, which request sends it, and what the answer means. Lanes, retries, dead
letters, address checks and metrics are common to all providers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

from django.db.models import Q

from notifications.client import Client
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery


class Verdict(Enum):
    """What an answer means. AGAIN: retry later. GONE: the target no longer exists."""

    ARRIVED, AGAIN, GONE = "arrived", "again", "gone"


class NoticeTarget(NamedTuple):
    """A target of notices for a person. `id`: the provider's id of the target. `lane`: its host, as in
    `addresses.HostPort.netloc`, whose attempts are limited together; empty for an endpoint. `time_zone`: of
    the device, if it reports one. `ready_at`: no other notice is sent before this time."""

    id: int
    userid: str
    lane: str = ""
    time_zone: str = ""
    ready_at: float = 0.0


class Provider:
    """`name`: stored in `Delivery.target_kind`, at most 20 characters. `people`: the table whose `user_id`
    lists the people with a target; empty: anybody may have one. `keeps_dead`: undeliverable deliveries are
    kept as dead letters; otherwise they are removed. `is_in_lanes`: deliveries wait in the lanes of hosts,
    and a target has at most one waiting notice, or with `is_by_conversation` one for each conversation;
    otherwise the targets are endpoints, which get all deliveries in order."""

    name: ClassVar[str]
    people: ClassVar[str] = ""
    keeps_dead: ClassVar[bool] = True
    is_in_lanes: ClassVar[bool] = True
    is_by_conversation: ClassVar[bool] = False

    def is_used(self) -> bool:
        """Whether any target may exist."""
        raise NotImplementedError

    def targets(self, userids: Collection[str]) -> Iterable[NoticeTarget]:
        """Return the targets of these people."""
        raise NotImplementedError

    def requests(self, deliveries: Sequence[Delivery]) -> Mapping[int, OutgoingRequest | None]:
        """Return the requests by the ids of the deliveries. A delivery whose request is None or missing is
        obsolete: its content or its target no longer exists."""
        raise NotImplementedError

    async def authorized(self, request: OutgoingRequest, client: Client) -> OutgoingRequest:
        """Return the request with the access token that the service requires. Raises RequestFailed."""
        return request

    def on_answer(self, answer: EndpointAnswer) -> None:
        """Handle the answer to an `authorized` request, before `judge`."""

    def judge(self, answer: EndpointAnswer) -> Verdict:
        return Verdict.ARRIVED if answer.is_good else Verdict.AGAIN

    def reason(self, answer: EndpointAnswer) -> str:
        """Return the problem in the answer, for people."""
        return f"answered {answer.status}"

    def concerns_host(self, answer: EndpointAnswer) -> bool:
        """Whether the answer is about the service rather than about the target."""
        status = answer.status
        return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR

    def mark_reached(self, ids: Collection[int]) -> None:
        """Note that deliveries to these targets arrived."""

    def mark_missed(self, ids: Collection[int]) -> None:
        """Note that a delivery to each of these targets was given up."""

    def remove_targets(self, ids: Collection[int]) -> None:
        """Remove these targets, which no longer exist at the service."""

    def erase(self, userid: str) -> None:
        """Remove the targets of an erased person."""

    def known_hosts(self, limit: int) -> list[tuple[str, int]]:
        """Return the hosts that have answered, with the number of people each serves, the largest first."""
        return []

    def deliveries_to(self, ids: Collection[int]) -> Q:
        """Return a condition for the deliveries to these targets."""
        return Q(target_kind=self.name, target_id__in=ids)

    def delivery_fields(self, target_id: int) -> dict[str, Any]:
        """Return the fields of a delivery that name this target."""
        return {"target_kind": self.name, "target_id": target_id}


_BY_NAME: dict[str, Provider] = {}


def register(provider: Provider) -> Provider:
    """Register the provider. Its module must be imported when the app is ready."""
    assert len(provider.name) <= 20
    _BY_NAME[provider.name] = provider
    return provider


def unregister(provider: Provider) -> None:
    del _BY_NAME[provider.name]


def all_providers() -> list[Provider]:
    return list(_BY_NAME.values())


def provider_named(name: str) -> Provider | None:
    """Return the provider of this name, or None."""
    return _BY_NAME.get(name)
