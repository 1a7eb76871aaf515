"""`python -m bench --help` lists the options."""

import sys

from bench import machine, report, runner
from bench.options import parse
from bench.scenarios import SCENARIOS


def main() -> None:
    report.configure_output()
    usual = [name for name, scenario in SCENARIOS.items() if not scenario.apart]
    options = parse(sys.argv[1:], tuple(SCENARIOS), usual)
    results = runner.run(options)
    report.print_results(results, runner.save(results, options.results), machine.describe())


if __name__ == "__main__":
    main()
