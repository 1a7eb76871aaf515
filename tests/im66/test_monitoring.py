"""What deploy/monitoring gives to Prometheus and Grafana: each expression can be evaluated, and asks for
figures that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from accounts import figures
from im66.operating import metrics
from im66.operating.figures import FIGURES
from testkit.server import ROOT

FOLDER = ROOT / "deploy" / "monitoring"
PAGE = (ROOT / "docs" / "monitoring.md").read_text()
# What Prometheus itself adds, and Grafana fills in.
LABELS_OF_ALL = {"job", "instance", "__name__"}
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*"}
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}

ALERTS = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def _in_dashboard(target: Any) -> str:
    expression = str(target["expr"])
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


EXPRESSIONS = [
    *(pytest.param(rule["expr"], id=rule["alert"]) for rule in ALERTS),
    *(
        pytest.param(_in_dashboard(target), id=f"{panel['title']} {target['refId']}")
        for panel in PANELS
        for target in panel["targets"]
    ),
]


def selectors(expression: str) -> list[promql_parser.VectorSelector]:
    """What it asks for. Raises ValueError if it is no PromQL."""
    found: list[promql_parser.VectorSelector] = []

    def see(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        if isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)

    promql_parser.walk(promql_parser.parse(expression), see)
    return found


@pytest.fixture
async def names() -> set[str]:
    """The names of all that is on the page, and `up`, which Prometheus makes."""
    body, _ = await metrics.page("")
    families = text_string_to_metric_families(body.decode())
    return {"up"} | {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_it_works(names: set[str], expression: str) -> None:
    asked = [selector.name for selector in selectors(expression)]
    assert asked
    assert set(asked) <= names


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_labels_are_those_that_the_figure_has(expression: str) -> None:
    for selector in selectors(expression):
        for matcher in selector.matchers.matchers:
            assert matcher.name in LABELS_OF_ALL | _labels_of(str(selector.name)), expression


def test_what_is_summed_by_is_a_label_too() -> None:
    every = [*FIGURES, *figures.registered()]
    known = {label for figure in every for label in figure.labels} | LABELS_OF_ALL | {"le"}
    for parameter in EXPRESSIONS:
        (expression,) = parameter.values
        for by in re.findall(r"by \(([^)]*)\)", str(expression)):
            assert {label.strip() for label in by.split(",")} <= known


def test_an_expression_that_is_none_would_be_found() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        selectors("sum by (le (rate(im66_commit_seconds_bucket[5m]))")


def _labels_of(name: str) -> set[str]:
    every = [*FIGURES, *figures.registered()]
    return {label for figure in every if name.startswith(f"im66_{figure.name}") for label in figure.labels}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alert_says_how_urgent_it_is_and_what_has_happened(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"].endswith(".")
    assert re.search(rf"^\| `{rule['alert']}` \|", PAGE, re.MULTILINE), "the page does not say what to do"


def test_each_figure_is_on_the_page_and_no_other() -> None:
    told = re.findall(r"^\| `(im66_\w+)", PAGE, re.MULTILINE)
    every = [*FIGURES, *figures.registered()]
    assert sorted(told) == sorted([*(f"im66_{figure.name}" for figure in every), "im66_database_answers"])


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    identifiers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(identifiers) == len(set(identifiers))


def test_prometheus_finds_the_alerts() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert [(FOLDER / name).is_file() for name in config["rule_files"]] == [True]
    assert [job["job_name"] for job in config["scrape_configs"]] == ["im66"]


def test_promtool_finds_no_mistake() -> None:
    program = shutil.which("promtool")
    if not program:
        pytest.skip("needs promtool; the tests above parse the same files")
    for what, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        subprocess.run([program, "check", what, str(Path(FOLDER, name))], check=True, capture_output=True)
