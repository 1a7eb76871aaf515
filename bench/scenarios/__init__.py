"""The scenarios, one in each file."""

from bench.scenarios import (
    crowd,
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
)

SCENARIOS = {
    module.SCENARIO.name: module.SCENARIO
    for module in (group, pairs, latency, stalled, storm, idle, sizes, crowd, history, nodes, log, neighbours)
}
