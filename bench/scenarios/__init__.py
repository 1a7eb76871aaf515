"""One file, one scenario."""

from bench.scenarios import group, history, idle, latency, pairs, stalled, storm

SCENARIOS = {
    module.SCENARIO.name: module.SCENARIO for module in (group, pairs, latency, stalled, storm, idle, history)
}
