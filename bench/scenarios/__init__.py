"""The scenarios, one per file."""

from bench.scenarios import (
    conversations,
    crowd,
    dialects,
    group,
    history,
    hundred,
    idle,
    latency,
    log,
    neighbours,
    nodes,
    notices,
    pairs,
    people,
    pushes,
    rules,
    search,
    sizes,
    stalled,
    storm,
    tokens,
)

_IN_THEIR_ORDER = (
    *(group, pairs, dialects, rules, latency, stalled, storm, tokens, notices, pushes, idle),
    *(sizes, crowd, history, conversations, search, nodes, log, people, hundred, neighbours),
)

SCENARIOS = {module.SCENARIO.name: module.SCENARIO for module in _IN_THEIR_ORDER}
