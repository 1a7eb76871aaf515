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
CHINESE = (ROOT / "docs" / "monitoring.zh-hans.md").read_text()
# What Prometheus itself adds, and the supervisor for each of its processes.
LABELS_OF_ALL = {"job", "instance", "process", "__name__"}
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


# By what shows or alerts.
EXPRESSIONS = {rule["alert"]: str(rule["expr"]) for rule in ALERTS} | {
    f"{panel['title']} {target['refId']}": _in_dashboard(target)
    for panel in PANELS
    for target in panel["targets"]
}


def selectors(expression: str) -> list[promql_parser.VectorSelector]:
    """What it asks for. Raises ValueError if it is no PromQL."""
    results: list[promql_parser.VectorSelector] = []

    def see(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            results.append(node)
        if isinstance(node, promql_parser.MatrixSelector):
            results.append(node.vector_selector)

    promql_parser.walk(promql_parser.parse(expression), see)
    return results


@pytest.mark.django_db(transaction=True)
async def test_monitoring_expressions_use_existing_metrics() -> None:
    body, _ = await metrics.page("")
    families = text_string_to_metric_families(body.decode())
    # Prometheus makes `up` itself.
    names = {"up"} | {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}
    fields = {title: {one.name for one in selectors(text)} for title, text in EXPRESSIONS.items()}
    assert {title: result for title, result in fields.items() if not result or result - names} == {}


def test_monitoring_expressions_use_existing_labels() -> None:
    requests = {
        (title, str(selector.name), matcher.name)
        for title, text in EXPRESSIONS.items()
        for selector in selectors(text)
        for matcher in selector.matchers.matchers
    }
    assert {one for one in requests if one[2] not in LABELS_OF_ALL | _labels_of(one[1])} == set()


def test_expressions_sum_by_existing_labels() -> None:
    every = [*FIGURES, *figures.registered()]
    known = {label for figure in every for label in figure.labels} | LABELS_OF_ALL | {"le"}
    for title, expression in EXPRESSIONS.items():
        for by in re.findall(r"by \(([^)]*)\)", expression):
            assert {label.strip() for label in by.split(",")} <= known, title


def test_invalid_monitoring_expression_is_found() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        selectors("sum by (le (rate(im66_commit_seconds_bucket[5m]))")


def _labels_of(name: str) -> set[str]:
    every = [*FIGURES, *figures.registered()]
    return {label for figure in every if name.startswith(f"im66_{figure.name}") for label in figure.labels}


def test_each_alert_has_severity_and_description() -> None:
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule
        assert rule["annotations"]["summary"].endswith("."), rule


def test_monitoring_page_explains_each_alert() -> None:
    matches = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert {rule["alert"] for rule in ALERTS} - matches == set()


def test_metrics_named_on_the_pages_exist() -> None:
    every = {f"im66_{figure.name}" for figure in (*FIGURES, *figures.registered())}
    for page in (PAGE, CHINESE):
        matches = set(re.findall(r"`(im66_\w+)`", page))
        assert len(matches) > 10
        assert matches - every == set()


def test_dashboard_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    identifiers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(identifiers) == len(set(identifiers))


def test_prometheus_configuration_names_the_alerts_file() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert [(FOLDER / name).is_file() for name in config["rule_files"]] == [True]
    assert [job["job_name"] for job in config["scrape_configs"]] == ["im66"]


def test_promtool_accepts_the_alerts() -> None:
    program = shutil.which("promtool")
    if not program:
        pytest.skip("needs promtool; the tests above parse the same files")
    for what, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        subprocess.run([program, "check", what, str(Path(FOLDER, name))], check=True, capture_output=True)
