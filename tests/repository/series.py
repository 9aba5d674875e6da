"""Which series exist: what our code exports, and what the servers we scrape export."""

import re

from enrichment.contract import metrics

# Of RabbitMQ's endpoint, of Prometheus itself and of the process collector.
OTHERS = {
    "rabbitmq_queue_messages",
    "rabbitmq_queue_messages_ready",
    "rabbitmq_queue_messages_unacked",
    "rabbitmq_queue_consumers",
    "rabbitmq_global_messages_dead_lettered_delivery_limit_total",
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "up",
}
_NAME = re.compile(r"(?<![\w\"])((?:enrichment|rabbitmq|process)_\w+)")


def exported() -> set[str]:
    """Name every series of our registry as Prometheus sees it."""
    names = set()
    for family in metrics.REGISTRY.collect():
        names.add(family.name)
        if family.type == "counter":
            names.discard(family.name)
            names.add(f"{family.name}_total")
        if family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "sum", "count")}
    return names


def unknown_series(expression: str) -> set[str]:
    """Give the series an expression asks for that nobody exports."""
    without_labels = re.sub(r"\{[^}]*\}", "{}", expression)
    asked = set(_NAME.findall(without_labels))
    return asked - exported() - OTHERS
