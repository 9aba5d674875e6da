"""What Prometheus says of the running stack: targets, rules, queries of panels."""

import json
import math
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.stack.compose import PROJECT

DASHBOARD = PROJECT / "monitoring/grafana/dashboards/enrichment-pipeline-dashboard.json"
ALERTS = PROJECT / "monitoring/prometheus/alerts/enrichment-alerts.yml"
# What guides and habits ask.
DOCUMENTED = (
    'rabbitmq_queue_messages{queue="metadata_enrichment_queue"}',
    'count(up{job="enrichment-worker"})',
    "sum(increase(enrichment_api_cost_estimate_usd[30d]))",
    "sum by (provider) (rate(enrichment_cache_hits_total[5m]))",
)


@dataclass(frozen=True)
class Prometheus:
    """
    Prometheus' HTTP API.

    Args:
        began: Unix time from which on the dashboard is looked at.
    """

    url: str
    began: float = field(default_factory=time.time)

    def ask(self, path: str, **parameters: Any) -> Any:
        """Return the data of an answer."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(
            f"{self.url}/api/v1/{path}?{query}", timeout=30
        ) as reply:
            return json.load(reply)["data"]

    def value(self, query: str) -> float:
        """Return the one number of a query; NaN when it gives none."""
        result = self.ask("query", query=query)["result"]
        return float(result[0]["value"][1]) if result else math.nan

    def ready(self) -> bool:
        """Return whether it answers."""
        try:
            self.ask("query", query="vector(1)")
        except OSError:
            return False
        return True

    def alerts(self, state: str) -> set[str]:
        """Name the alerts that are now in one of these states."""
        query = f'group by (alertname) (ALERTS{{alertstate=~"{state}"}})'
        result = self.ask("query", query=query)["result"]
        return {series["metric"]["alertname"] for series in result}

    def fired_since(self, began: float) -> set[str]:
        """Name the alerts that have fired since then."""
        query = 'group by (alertname) (ALERTS{alertstate="firing"})'
        answer = self.ask(
            "query_range", query=query, start=began, end=time.time(), step=1
        )
        return {series["metric"]["alertname"] for series in answer["result"]}

    def targets(self) -> dict[str, list[str]]:
        """Return the health of every target by job."""
        found: dict[str, list[str]] = {}
        for target in self.ask("targets", state="active")["activeTargets"]:
            found.setdefault(target["labels"]["job"], []).append(target["health"])
        return found

    def targets_down(self) -> int:
        """Count targets that do not answer."""
        return sum(
            health != "up" for targets in self.targets().values() for health in targets
        )

    def alerts_missing(self) -> set[str]:
        """Name alerts of our file that Prometheus has not loaded or cannot evaluate."""
        written = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
        loaded = {
            rule["name"]
            for group in self.ask("rules", type="alert")["groups"]
            for rule in group["rules"]
            if rule["health"] in {"ok", "unknown"}
        }
        return written - loaded

    def told(self) -> list[str]:
        """Name the Alertmanagers that are told of alerts."""
        known = self.ask("alertmanagers")["activeAlertmanagers"]
        return [alertmanager["url"] for alertmanager in known]

    def undocumented(self) -> list[str]:
        """Name documented queries that give nothing."""
        return [
            query
            for query in DOCUMENTED
            if not self.ask("query", query=query)["result"]
        ]

    def panels_empty(self) -> list[str]:
        """Name panels with a query that gave no number since the run began."""
        board = json.loads(DASHBOARD.read_text())
        return [
            panel["title"]
            for panel in board["panels"]
            for target in panel.get("targets", ())
            if not self._has_numbers(target["expr"])
        ]

    def _has_numbers(self, expression: str) -> bool:
        return any(
            not math.isnan(float(value))
            for series in self.over_the_run(expression)
            for _, value in series["values"]
        )

    def over_the_run(self, expression: str) -> list[dict[str, Any]]:
        """Ask as Grafana would, with every variable at All."""
        now = time.time()
        for name, value in (
            ("$__rate_interval", "1m"),
            ("$__range", f"{int(now - self.began)}s"),
            ("$__interval", "15s"),
        ):
            expression = expression.replace(name, value)
        expression = re.sub(r"\$(job|instance|queue|provider)\b", ".+", expression)
        answer = self.ask(
            "query_range", query=expression, start=self.began, end=now, step=15
        )
        return list(answer["result"])
