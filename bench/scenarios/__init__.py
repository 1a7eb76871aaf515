"""The scenarios, one in each file."""

from bench.scenarios import (
    conversations,
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
    search,
    sizes,
    stalled,
    storm,
    tokens,
)

_IN_THEIR_ORDER = (
    *(group, pairs, dialects, latency, stalled, storm, tokens, idle),
    *(sizes, crowd, history, conversations, search, nodes, log, neighbours),
)

SCENARIOS = {module.SCENARIO.name: module.SCENARIO for module in _IN_THEIR_ORDER}
