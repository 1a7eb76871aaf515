"""Measures the cost of authentication by tokens: the same traffic with tokens and without.

A group and pairs write as in the scenarios of these names, and people reconnect as in `storm`.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench import crowds, loops
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import Meter, enter, leave, make_group
from bench.scenarios.storm import MAX_CONCURRENT_LOGINS, log_in
from bench.stage import Stage
from bench.subjects import IM66, TOKENS
from bench.tokens import no_token, token_for
from bench.traffic import TrafficOutcome, closed_loop


class _Login(NamedTuple):
    """The port of a subject, and the tokens with which people log in."""

    port: int
    token: Callable[[str], str]


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for subject, token in ((IM66, no_token), (TOKENS, token_for)):
        login = _Login(stage.subject(subject).port, token)
        figures[f"{subject}: group"] = loops.run(_group(stage, login))
        figures[f"{subject}: pairs"] = loops.run(_pairs(stage, login))
        figures[f"{subject}: storm"] = _storm(stage, login)
    return figures


async def _group(stage: Stage, login: _Login) -> Figure:
    userids = stage.userids(stage.sizes.members)
    meter = Meter()
    members = await enter(login.port, userids, meter, token=login.token)
    # People are known once they have logged in.
    group_id = make_group(login.port, userids, login.token)
    outcome = await _traffic(stage, crowds.in_group(meter, members, group_id, stage.sizes.writers))
    return of_outcome(outcome.rates.deliveries, "deliveries/s", outcome)


async def _pairs(stage: Stage, login: _Login) -> Figure:
    meter = Meter()
    members = await enter(login.port, stage.userids(2 * stage.sizes.pairs), meter, token=login.token)
    outcome = await _traffic(stage, crowds.in_pairs(meter, members))
    return of_outcome(outcome.rates.messages, "messages/s", outcome)


async def _traffic(stage: Stage, crowd: crowds.Crowd) -> TrafficOutcome:
    try:
        return crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))
    finally:
        await leave(crowd.members)


def _storm(stage: Stage, login: _Login) -> Figure:
    userids: Sequence[str] = stage.userids(stage.sizes.storm)
    loops.run(log_in(login.port, userids, MAX_CONCURRENT_LOGINS, login.token))
    return Figure(loops.run(log_in(login.port, userids, MAX_CONCURRENT_LOGINS, login.token)), "logins/s")


SCENARIO = Scenario(
    "tokens",
    measure,
    tuple(Bar(f"{TOKENS}: {name}", f"{IM66}: {name}", 0.9) for name in ("group", "pairs", "storm")),
)
