"""What `doctor` finds at the broker: queues, permissions, alarms, dead letters."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from enrichment.app import clients
from enrichment.app.settings import Settings
from enrichment.contract import queues
from enrichment.errors import PermissionMissing, ServerAway
from enrichment.queueing import topology
from enrichment.queueing.broker import permissions
from enrichment.queueing.raw_deliveries import StreamConnection


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` says what to do when it is not well."""

    subject: str
    well: bool
    detail: str
    advice: str = ""


async def look(settings: Settings) -> list[Finding]:
    """Look at the broker as a worker uses it; nothing there is changed."""
    async with clients.passing_broker(settings) as connection:
        depths = await topology.depths(connection)
        missing = await topology.missing_of(connection)
        findings = [_queues(missing), _dead_letters(depths)]
        if not missing:
            findings.append(await _arguments(connection))
        # last: a broker with an alarm reads no more from who has published
        lacking, alarm = await _permissions(connection, depths)
        findings += [_permitted(lacking), _alarm(alarm)]
    return findings


def _queues(missing: Sequence[str]) -> Finding:
    return Finding(
        "queues",
        well=not missing,
        detail=f"not declared: {', '.join(missing)}" if missing else "declared",
        advice="run `enrichment queue-init`" if missing else "",
    )


def _dead_letters(depths: topology.DepthByName) -> Finding:
    dead, _ = depths.get(queues.DEAD_LETTER_QUEUE, (0, 0))
    return Finding(
        "dead letters",
        well=dead == 0,
        detail=f"{dead:,}",
        advice=f"look at them: {queues.DEAD_LETTER_QUEUE}" if dead else "",
    )


async def _arguments(connection: StreamConnection) -> Finding:
    # drift raises, and says which argument differs
    seen = await topology.require(connection)
    detail = "as ours" if seen else "not seen: our user may not configure, and need not"
    return Finding("queues' arguments", well=True, detail=detail)


async def _permissions(
    connection: StreamConnection, depths: topology.DepthByName
) -> tuple[list[str], str]:
    """Return what a worker lacks, and why the broker takes no messages, if so."""
    lacking: list[str] = []
    for queue in queues.QUEUES.values():
        if queue.name in depths:
            lacking += await _refused(permissions.require_read(connection, queue.name))
    for exchange in permissions.WORKER_WRITES:
        try:
            lacking += await _refused(permissions.require_write(connection, [exchange]))
        except ServerAway as error:
            return lacking, str(error)
    return lacking, ""


async def _refused(trial: Awaitable[None]) -> list[str]:
    try:
        await trial
    except PermissionMissing as error:
        return [str(error)]
    return []


def _permitted(lacking: Sequence[str]) -> Finding:
    return Finding(
        "rabbitmq permissions",
        well=not lacking,
        detail="; ".join(lacking) or "as a worker needs",
        advice="give them: rabbitmqctl set_permissions" if lacking else "",
    )


def _alarm(alarm: str) -> Finding:
    return Finding(
        "rabbitmq alarms",
        well=not alarm,
        detail=alarm or "none",
        advice="free memory or disk at the broker: nothing is published until then"
        if alarm
        else "",
    )
