"""Ways by which people and programs outside are reached: one module each, which registers its Provider.

A provider says who gets a notice, which request stands for it, and what an answer means. Lanes, retries, dead
letters, the rules for addresses, and figures are the same for all.
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
    """What an answer means. AGAIN: another attempt is made later. GONE: the target is there no more."""

    ARRIVED, AGAIN, GONE = "arrived", "again", "gone"


class NoticeTarget(NamedTuple):
    """Where a notice for a person goes. `id`: which of its provider's targets that is. `lane`: the host with
    which it shares attempts, as `addresses.HostPort.netloc` has it; empty for an endpoint. `time_zone`: where
    it is, if it says so. `ready_at`: before that second, no other notice goes there."""

    id: int
    userid: str
    lane: str = ""
    time_zone: str = ""
    ready_at: float = 0.0


class Provider:
    """`name`: in `Delivery.target_kind`, at most 20 characters. `people`: the table whose `user_id` has those
    who have a target; empty: anybody may have one. `keeps_dead`: what could not be
    delivered is kept as a dead letter, else it is removed. `is_in_lanes`: its deliveries wait in the lanes of
    hosts, and a target has at most one notice of messages among them, or if it `is_by_conversation`, one for
    each conversation; else they go to an endpoint, all of them in order."""

    name: ClassVar[str]
    people: ClassVar[str] = ""
    keeps_dead: ClassVar[bool] = True
    is_in_lanes: ClassVar[bool] = True
    is_by_conversation: ClassVar[bool] = False

    def is_used(self) -> bool:
        """Whether there may be a target for anybody."""
        raise NotImplementedError

    def targets(self, userids: Collection[str]) -> Iterable[NoticeTarget]:
        """Those of these people."""
        raise NotImplementedError

    def requests(self, deliveries: Sequence[Delivery]) -> Mapping[int, OutgoingRequest | None]:
        """The requests by the ids of the deliveries. None, or none at all: there is nothing to tell any more,
        or nobody to be told."""
        raise NotImplementedError

    async def authorized(self, request: OutgoingRequest, client: Client) -> OutgoingRequest:
        """The request with what the service wants as a proof. Raises RequestFailed."""
        return request

    def on_answer(self, answer: EndpointAnswer) -> None:
        """This was answered to a request that was `authorized`."""

    def judge(self, answer: EndpointAnswer) -> Verdict:
        return Verdict.ARRIVED if answer.is_good else Verdict.AGAIN

    def reason(self, answer: EndpointAnswer) -> str:
        """What is wrong, for people."""
        return f"answered {answer.status}"

    def concerns_host(self, answer: EndpointAnswer) -> bool:
        """Whether the answer is about the service rather than about the target."""
        status = answer.status
        return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR

    def mark_reached(self, ids: Collection[int]) -> None:
        """These targets got something."""

    def mark_missed(self, ids: Collection[int]) -> None:
        """For each of these targets a notice was given up."""

    def remove_targets(self, ids: Collection[int]) -> None:
        """These targets are there no more."""

    def erase(self, userid: str) -> None:
        """Forget the targets of the person, who is erased."""

    def known_hosts(self, limit: int) -> list[tuple[str, int]]:
        """The hosts that have answered, each with the number of people for whom: those with most of them."""
        return []

    def deliveries_to(self, ids: Collection[int]) -> Q:
        """The deliveries to these targets."""
        return Q(target_kind=self.name, target_id__in=ids)

    def delivery_fields(self, target_id: int) -> dict[str, Any]:
        """The fields of a delivery to this target."""
        return {"target_kind": self.name, "target_id": target_id}


_BY_NAME: dict[str, Provider] = {}


def register(provider: Provider) -> Provider:
    """Use it from now on. Its module is to be imported when the app is ready."""
    assert len(provider.name) <= 20
    _BY_NAME[provider.name] = provider
    return provider


def unregister(provider: Provider) -> None:
    del _BY_NAME[provider.name]


def all_providers() -> list[Provider]:
    return list(_BY_NAME.values())


def provider_named(name: str) -> Provider | None:
    """None if there is none of that name."""
    return _BY_NAME.get(name)
