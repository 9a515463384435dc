"""What operators are given: dashboard and alerts that speak of figures which exist."""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from app.telemetry.metrics import REGISTRY
from tests.contracts.source import ROOT

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "ai-worker.json"
SCRAPES = ROOT / "deploy" / "prometheus" / "prometheus.yml"

# What Prometheus itself says of a scrape.
OF_PROMETHEUS = {"up"}

# Grafana's variables, as they are in a query that Prometheus gets.
VARIABLES = {"$__rate_interval": "5m", "$job_type": ".*", "$tenant": ".*"}

# The issue's: latency, queue depth, outbox age, fabrications.
NEEDED_ALERTS = {
    "AiWorkerSlow",
    "AiWorkerQueueDeep",
    "AiWorkerOutboxOld",
    "AiWorkerFabricationsJump",
}

PARTS = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "gauge": ("",),
}


def yaml(path: Path) -> Any:  # noqa: ANN401  whatever the file holds
    """A YAML file; PyYAML comes without type information."""
    return importlib.import_module("yaml").safe_load(path.read_text("utf-8"))


def rules() -> list[dict[str, Any]]:
    """Every alert rule."""
    return [rule for group in yaml(ALERTS)["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """Every panel of the dashboard that shows something."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    """Every query with the name of the alert or panel it is of."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            yield panel["title"], query


QUERIES = list(queries())


def selectors(query: str) -> list[promql_parser.VectorSelector]:
    """Every series that a query asks for."""
    found: list[promql_parser.VectorSelector] = []
    ahead: list[object] = [promql_parser.parse(query)]
    while ahead:
        node = ahead.pop()
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        for name in ("expr", "lhs", "rhs", "vector_selector", "args"):
            inner = getattr(node, name, None)
            ahead += inner if isinstance(inner, list) else [inner] if inner is not None else []
    return found


def served(registry: CollectorRegistry) -> dict[str, set[str]]:
    """The service's series and the labels of each."""
    series: dict[str, set[str]] = {}
    for metric in registry.collect():
        labels = labels_of(metric)
        for ending in PARTS[metric.type]:
            series[metric.name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    return series


def labels_of(metric: Metric) -> set[str]:
    """What a metric's series are told apart by, also while it has none yet."""
    # There is no public way, and those of the process have none.
    collector = vars(REGISTRY)["_names_to_collectors"].get(metric.name)
    return set(getattr(collector, "_labelnames", ()))


def served_by_the_shim() -> dict[str, set[str]]:
    """The shim's series; tests of the shim read them from its page."""
    source = (ROOT / "shim" / "health.mjs").read_text("utf-8")
    return {
        name: set(re.findall(r'(\w+)="\$', labels))
        for name, labels in re.findall(r"`(ai_worker_\w+)\{([^`]*)\}", source)
    }


@pytest.mark.parametrize(
    ("name", "query"), QUERIES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(QUERIES)]
)
def test_every_query_is_of_figures_that_exist(name: str, query: str) -> None:
    """Prometheus can read each query, and its series and labels are served by service or shim."""
    series = served(REGISTRY) | served_by_the_shim()
    asked = selectors(query)

    assert asked, name
    for selector in asked:
        assert selector.name in series.keys() | OF_PROMETHEUS, (name, selector.name)
        labels = {matcher.name for matcher in selector.matchers.matchers} - {"job", "instance"}
        assert labels <= series.get(str(selector.name), set()), (name, selector.name, labels)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong(rule: dict[str, Any]) -> None:
    """Each alert has a severity and one sentence, and labels in it that its query keeps."""
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"].endswith(".")
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert label in rule["expr"] or label in {"job", "instance"}, label
    assert re.fullmatch(r"\d+m", rule.get("for", "1m"))


def test_the_alerts_that_were_asked_for_are_there() -> None:
    """Latency, queue depth over a hundred, age of the outbox, and a jump of fabrications."""
    by_name = {rule["alert"]: rule["expr"] for rule in rules()}

    assert set(by_name) >= NEEDED_ALERTS
    assert len(by_name) == len(rules())
    assert "> 100" in by_name["AiWorkerQueueDeep"]
    assert "0.99" in by_name["AiWorkerSlow"]


def test_every_figure_is_shown_or_watched() -> None:
    """No series is served that no panel and no alert looks at."""
    asked = {selector.name for _, query in QUERIES for selector in selectors(query)}
    ours = {name for name in served(REGISTRY) | served_by_the_shim() if "ai_worker" in name}
    plain = {
        name.removesuffix("_sum").removesuffix("_count").removesuffix("_bucket") for name in ours
    }

    assert {name for name in plain if not any(str(a).startswith(name) for a in asked)} == set()


def test_the_dashboard_can_be_imported() -> None:
    """Ids are unique, panels do not overlap, and each asks the data source that is chosen."""
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    ids = [panel["id"] for panel in dashboard["panels"]]
    covered: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}

        assert not cells & covered, panel["title"]
        assert at["x"] + at["w"] <= 24
        covered |= cells

    assert len(ids) == len(set(ids))
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}
    assert dashboard["uid"] == "ai-worker"


def test_each_replica_is_scraped_by_itself() -> None:
    """The scrapes find the composition's services on the ports they listen on."""
    composition = yaml(ROOT / "docker-compose.yml")["services"]
    for scrape in yaml(SCRAPES)["scrape_configs"]:
        (found,) = scrape["dns_sd_configs"]

        assert set(found["names"]) <= set(composition)
        assert found["port"] in {4002, 4003}
    assert yaml(SCRAPES)["rule_files"] == [ALERTS.name]
