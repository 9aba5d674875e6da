"""The dashboard: what users know, the rules of Grafana's linter, series that exist."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.repository.series import unknown_series

PROJECT = Path(__file__).resolve().parents[2]
GRAFANA = PROJECT / "monitoring/grafana"
DASHBOARD = json.loads(
    (GRAFANA / "dashboards/enrichment-pipeline-dashboard.json").read_text()
)
ROWS = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [(panel, target) for panel in PANELS for target in panel["targets"]]
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}

KNOWN_PANELS = (
    "Cache Hit Rate (%)",
    "API Call Rate (req/sec)",
    "Estimated Monthly API Cost",
    "Enrichment Success Rate (%)",
    "API Error Rate by Provider",
    "API Latency (p95) by Provider",
    "Cache Hits vs Misses by Provider",
    "Error Types Breakdown",
    "API Cost Over Time",
)
PATH = ("scrape", "publish", "consume", "look up: cache", "look up: budget",
        "look up: provider", "match", "merge", "write")  # fmt: skip
UNITS = {"percent", "percentunit", "currencyUSD", "short", "reqps", "ops", "s", "bytes"}


def panel_id(value):
    return value["title"] if isinstance(value, dict) and "title" in value else ""


# what users know


def test_it_is_the_dashboard_that_users_know():
    assert DASHBOARD["uid"] == "enrichment-pipeline"
    assert DASHBOARD["refresh"] == "30s"
    assert DASHBOARD["time"] == {"from": "now-6h", "to": "now"}


@pytest.mark.parametrize("title", KNOWN_PANELS)
def test_a_known_panel_is_there(title):
    assert [panel["title"] for panel in PANELS].count(title) == 1


def test_rows_follow_the_path():
    titles = [row["title"].lower() for row in ROWS]
    at = [next(i for i, t in enumerate(titles) if stage in t) for stage in PATH]
    assert at == sorted(at)


@pytest.mark.parametrize(
    ("title", "colours"),
    [
        ("Cache Hit Rate (%)", [("red", None), ("yellow", 30), ("green", 60)]),
        ("Enrichment Success Rate (%)", [("red", None), ("yellow", 70), ("green", 85)]),
        (
            "Estimated Monthly API Cost",
            [("green", None), ("yellow", 50), ("red", 100)],
        ),
    ],
)
def test_thresholds_stand_the_right_way_round(title, colours):
    panel = next(panel for panel in PANELS if panel["title"] == title)
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(step["color"], step["value"]) for step in steps] == colours


def test_lanes_and_providers_can_be_chosen():
    for name in ("queue", "provider"):
        assert f'=~"${name}"' in json.dumps(PANELS).replace('\\"', '"')


def test_restarts_are_marked():
    marks = [mark for mark in DASHBOARD["annotations"]["list"] if "expr" in mark]
    assert [mark["name"] for mark in marks] == ["Restarts"]
    assert not unknown_series(marks[0]["expr"])


# https://github.com/grafana/dashboard-linter/tree/main/docs/rules


def test_linter_template_datasource():
    variable = VARIABLES["datasource"]
    assert variable["type"] == "datasource"
    assert variable["query"] == "prometheus"
    assert variable["label"] == "Data source"


@pytest.mark.parametrize("name", ["job", "instance", "queue", "provider"])
def test_linter_template_labels(name):
    variable = VARIABLES[name]
    assert variable["type"] == "query"
    assert variable["datasource"]["uid"] == "${datasource}"
    assert variable["label"] == name.capitalize()
    assert variable["multi"]
    assert variable["includeAll"]
    assert variable["allValue"] == ".+"
    assert re.fullmatch(r"label_values\(.+, \w+\)", variable["definition"])


def test_linter_template_on_time_change_reload():
    assert {v["refresh"] for v in VARIABLES.values() if v["type"] == "query"} == {2}


def test_linter_uneditable():
    assert DASHBOARD["editable"] is False


@pytest.mark.parametrize("panel", PANELS, ids=panel_id)
def test_linter_panel_title_description_datasource_and_units(panel):
    assert panel["title"]
    assert len(panel["description"]) > 20
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]


@pytest.mark.parametrize(("panel", "target"), TARGETS, ids=panel_id)
def test_linter_target_job_and_instance(panel, target):
    selectors = re.findall(r"(\w+)(\{[^}]*\})", target["expr"])
    assert selectors
    for _, labels in selectors:
        assert 'job=~"$job"' in labels
        assert 'instance=~"$instance"' in labels
    # a selector without braces would ask all jobs
    named = re.findall(r"\b(?:enrichment|rabbitmq|process)_\w+\b(?!\{)", target["expr"])
    assert not named


@pytest.mark.parametrize(("panel", "target"), TARGETS, ids=panel_id)
def test_linter_target_rate_interval(panel, target):
    ranges = re.findall(r"\b(?:rate|irate)\(\w+\{[^}]*\}\[([^\]]+)\]", target["expr"])
    assert set(ranges) <= {"$__rate_interval"}


@pytest.mark.parametrize(("panel", "target"), TARGETS, ids=panel_id)
def test_linter_target_counters_are_aggregated(panel, target):
    for before in re.findall(r"(\w+\()?\w+_total\{", target["expr"]):
        assert before in {"rate(", "increase(", "max_over_time("}


@pytest.mark.parametrize(("panel", "target"), TARGETS, ids=panel_id)
def test_a_panel_asks_for_series_that_exist(panel, target):
    assert not unknown_series(target["expr"])


def test_panels_do_not_overlap():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_ids_are_unique():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


# provisioning


def test_grafana_is_given_data_source_and_dashboard():
    folder = GRAFANA / "provisioning"
    source = yaml.safe_load((folder / "datasources/prometheus.yml").read_text())
    boards = yaml.safe_load((folder / "dashboards/enrichment.yml").read_text())
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    mounts = " ".join(compose["services"]["grafana"]["volumes"])

    assert (
        source["datasources"][0]["uid"] == VARIABLES["datasource"]["current"]["value"]
    )
    assert boards["providers"][0]["options"]["path"] in mounts
