"""Alerts: promtool takes them, each is tried both ways, each has a runbook."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import missing
from tests.repository.series import unknown_series
from tests.stack.faults import Faults, muted_by
from tests.stack.quick import FACTOR, quick_configuration, quick_rules

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "monitoring/prometheus/alerts"
GUIDE = PROJECT / "docs/ENRICHMENT_WORKERS_DEPLOYMENT_GUIDE.md"
GROUP = yaml.safe_load((FOLDER / "enrichment-alerts.yml").read_text())["groups"][0]
ALERTS = {rule["alert"]: rule for rule in GROUP["rules"]}
CASE_FILES = sorted(FOLDER.glob("*.test.yml"))

KNOWN = {
    "EnrichmentCacheHitRateLow": ("warning", "performance"),
    "EnrichmentCacheHitRateCritical": ("critical", "performance"),
    "EnrichmentAPIMonthlyBudgetExceeded": ("warning", "cost"),
    "EnrichmentAPIDailyCostSpike": ("warning", "cost"),
    "SpotifyRateLimitApproaching": ("warning", "rate-limit"),
    "EnrichmentRateLimitViolations": ("critical", "rate-limit"),
    "EnrichmentAPIHighErrorRate": ("warning", "reliability"),
    "EnrichmentAPICompleteFail": ("critical", "reliability"),
    "EnrichmentAPIHighLatency": ("warning", "performance"),
    "EnrichmentSuccessRateLow": ("warning", "quality"),
    "SpotifyAPIDown": ("critical", "external-dependency"),
    "MusicBrainzRateLimitIssue": ("warning", "rate-limit"),
    "EnrichmentInefficiency": ("info", "optimization"),
    "EnrichmentDataStale": ("warning", "staleness"),
    "EnrichmentDLQBacklog": ("warning", "reliability"),
}


def promtool(*arguments):
    if shutil.which("promtool") is None:
        missing("promtool (Debian, Ubuntu: apt-get install prometheus)")
    return subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, check=False
    )


CASES = [
    case for file in CASE_FILES for case in yaml.safe_load(file.read_text())["tests"]
]


def fires(case, name):
    return f'"{name}"' in str(case["promql_expr_test"])


def test_the_group_is_the_one_that_users_know():
    assert GROUP["name"] == "enrichment_pipeline"
    assert GROUP["interval"] == "1m"
    assert all(rule["labels"]["component"] == "enrichment" for rule in GROUP["rules"])


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_alert_keeps_its_severity_and_category(name):
    labels = ALERTS[name]["labels"]
    assert (labels["severity"], labels["category"]) == KNOWN[name]


def test_prometheus_takes_the_rules():
    done = promtool("check", "rules", FOLDER / "enrichment-alerts.yml")
    assert done.returncode == 0, done.stderr


def test_prometheus_takes_the_configuration():
    configuration = PROJECT / "monitoring/prometheus/prometheus.yml"
    done = promtool("check", "config", "--syntax-only", configuration)
    assert done.returncode == 0, done.stderr


# seconds of processor time; a machine busy with other tests takes its time
@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", CASE_FILES, ids=lambda f: f.name)
def test_alerts_fire_and_stay_silent_as_their_cases_say(file):
    done = promtool("test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_tried_both_ways(name):
    assert [case for case in CASES if fires(case, name)]
    # silence is tried where its own series are there, not only `up`, which always is
    own = set(re.findall(r"\b(?:enrichment|rabbitmq)_\w+", ALERTS[name]["expr"]))
    assert [
        case
        for case in CASES
        if not fires(case, name)
        and own & {series["series"].split("{")[0] for series in case["input_series"]}
    ] or name == "EnrichmentTargetDown"


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_asks_for_series_that_exist(name):
    assert not unknown_series(ALERTS[name]["expr"])


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_is_wrong_and_where_its_runbook_stands(name):
    annotations = ALERTS[name]["annotations"]
    assert annotations["summary"]
    assert annotations["description"]
    file, _, anchor = annotations["runbook"].partition("#")
    assert PROJECT / file == GUIDE
    assert anchor == name.lower()
    assert re.search(rf"^### {name}$", GUIDE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_begins_with_one_decisive_measurement(name):
    _, _, section = GUIDE.read_text().partition(f"### {name}\n")
    section = re.split(r"^##", section, maxsplit=1, flags=re.MULTILINE)[0]
    assert "**Measure**" in section
    assert "**Then**" in section


def test_alertmanager_has_a_route_for_every_severity():
    text = (PROJECT / "monitoring/alertmanager/alertmanager.yml").read_text()
    configuration = yaml.safe_load(text)
    receivers = {receiver["name"] for receiver in configuration["receivers"]}
    routes = {
        route["matchers"][0]: route["receiver"]
        for route in configuration["route"]["routes"]
    }
    for severity in {rule["labels"]["severity"] for rule in ALERTS.values()}:
        assert routes[f'severity="{severity}"'] in receivers
    inhibiting = set(re.findall(r"Enrichment\w+|SpotifyAPIDown", text))
    assert inhibiting <= set(ALERTS)


# the faults that `make stack-test` injects


def test_quick_rules_are_the_same_rules_in_a_twentieth_of_the_time(tmp_path):
    text = (FOLDER / "enrichment-alerts.yml").read_text()
    quick = tmp_path / "quick.yml"
    quick.write_text(quick_rules(text))
    rules = yaml.safe_load(quick.read_text())["groups"][0]["rules"]

    assert [rule["alert"] for rule in rules] == list(ALERTS)
    for rule in rules:
        was = ALERTS[rule["alert"]]
        assert seconds(was["for"]) == FACTOR * seconds(rule["for"])
        for window, quick_window in zip(
            re.findall(r"\[(\w+)", was["expr"]),
            re.findall(r"\[(\w+)", rule["expr"]),
            strict=True,
        ):
            assert seconds(window) == FACTOR * seconds(quick_window)
        without = r"\[[^]]*\]|offset \w+"
        assert re.sub(without, "", rule["expr"]) == re.sub(without, "", was["expr"])
        assert rule["labels"] == was["labels"]
    done = promtool("check", "rules", quick)
    assert done.returncode == 0, done.stderr


def test_the_quick_configuration_asks_the_same_targets(tmp_path):
    text = (PROJECT / "monitoring/prometheus/prometheus.yml").read_text()
    quick = yaml.safe_load(quick_configuration(text))

    jobs = [job["job_name"] for job in yaml.safe_load(text)["scrape_configs"]]
    assert [job["job_name"] for job in quick["scrape_configs"]] == jobs
    assert quick["global"]["scrape_interval"] == "1s"
    assert "alerting" not in quick


def test_an_injected_fault_names_an_alert_that_exists():
    faults = Faults(None, None, None).all()
    assert len(faults) >= 12
    assert {fault.alert for fault in faults} <= set(ALERTS)
    # what stays would hide that a later fault raises it
    for fault in faults:
        if fault.stays:
            assert [other.alert for other in faults].count(fault.alert) == 1


def test_what_alertmanager_mutes_is_read_from_its_own_rules():
    assert muted_by("EnrichmentCacheHitRateCritical") == {"EnrichmentCacheHitRateLow"}
    assert "SpotifyAPIDown" in muted_by("EnrichmentAPICompleteFail")
    assert muted_by("EnrichmentTargetDown") == set()


def seconds(length):
    return int(length[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[length[-1]]
