"""The scenarios, one in each file."""

from bench.scenarios import (
    crowd,
    dialects,
    group,
    history,
    idle,
    latency,
    log,
    neighbours,
    nodes,
    pairs,
    sizes,
    stalled,
    storm,
    tokens,
)

_IN_THEIR_ORDER = (
    *(group, pairs, dialects, latency, stalled, storm, tokens, idle),
    *(sizes, crowd, history, nodes, log, neighbours),
)

SCENARIOS = {
    module.SCENARIO.name: module.SCENARIO
    for module in (
        group,
        pairs,
        dialects,
        latency,
        stalled,
        storm,
        tokens,
        idle,
        sizes,
        crowd,
        history,
        nodes,
        log,
        neighbours,
    )
}
