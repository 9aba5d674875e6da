"""A second Prometheus with the stack's own rules, every length of time cut alike."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack.compose import PROJECT, Compose, free_ports, run, until
from tests.stack.monitoring import ALERTS, Prometheus

# 5 minutes are 15 seconds. Numbers that alerts compare with stay as they are.
FACTOR = 20
CONFIGURATION = PROJECT / "monitoring/prometheus/prometheus.yml"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# In rules: how often, how long, windows `[5m]` and `[1h:1m]`, and offsets.
_LENGTHS = re.compile(
    r"(?:\b(?:interval|for): |\boffset |\[)\d+[smhd](?::\d+[smhd])?\b"
)
_SWEEPS = 'sum(increase(enrichment_sweeps_run_total{kind="due",outcome="done"}[30s]))'


def quick_rules(rules: str) -> str:
    """Return the same rules with every length of time cut."""

    def cut(length: re.Match[str]) -> str:
        seconds = int(length[1]) * _SECONDS[length[2]]
        return f"{max(1, seconds // FACTOR)}s"

    return _LENGTHS.sub(lambda found: re.sub(r"(\d+)([smhd])\b", cut, found[0]), rules)


def quick_configuration(configuration: str) -> str:
    """Return the same targets, asked and looked for every second."""
    text = re.sub(r"\b(\w+_(?:interval|timeout)): \d+s", r"\1: 1s", configuration)
    # the stack's own Prometheus is the one that tells Alertmanager
    return re.sub(r"^alerting:\n(?: .*\n)+", "", text, flags=re.MULTILINE)


@contextmanager
def quick_prometheus(stack: Compose) -> Iterator[Prometheus]:
    """Run it in the stack's networks."""
    folder = stack.folder / "quick"
    (folder / "alerts").mkdir(parents=True)
    _write(folder / "prometheus.yml", quick_configuration(CONFIGURATION.read_text()))
    _write(folder / "alerts" / ALERTS.name, quick_rules(ALERTS.read_text()))
    name, port = f"{stack.name}-quick", free_ports(1)[0]
    (image,) = {c["Image"] for c in stack.containers("prometheus")}
    run(
        *("docker", "create", "--name", name, "--network", f"{stack.name}_edge"),
        *("-p", f"127.0.0.1:{port}:9090", "-v", f"{folder}:/etc/prometheus:ro", image),
    )
    try:
        run("docker", "network", "connect", f"{stack.name}_data", name)
        run("docker", "start", name)
        prometheus = Prometheus(f"http://127.0.0.1:{port}")
        until("the quick Prometheus ready", prometheus.ready, 60)
        # an alert on silence would take its own beginning for one
        until("a sweep seen", lambda: prometheus.value(_SWEEPS) > 0, 60)
        yield prometheus
    finally:
        run("docker", "rm", "-f", "-v", name, check=False)


def _write(file: Path, text: str) -> None:
    file.write_text(text)
    # a container reads it as another user
    file.chmod(0o644)
    file.parent.chmod(0o755)
