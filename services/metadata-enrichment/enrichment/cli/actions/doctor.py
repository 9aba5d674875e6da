"""Examine an installation: what is wrong, and what to do about it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from urllib.parse import urlsplit

from rich.table import Table

from enrichment.app import clients, provider_parts, redis_server
from enrichment.app import settings as environment
from enrichment.app.settings import Settings
from enrichment.cli.actions import doctor_broker
from enrichment.cli.actions.doctor_broker import Finding
from enrichment.cli.terminal import Terminal, cell, print_json
from enrichment.errors import (
    ConfigurationError,
    EnrichmentError,
    PermissionMissing,
    Unreachable,
)
from enrichment.lookup.bench.bench import Bench, BenchReason, BenchState
from enrichment.lookup.bench.blocked import UNREACHABLE, Learnt
from enrichment.lookup.capabilities import Capabilities
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.spending import Spending
from enrichment.model import ProviderName
from enrichment.providers.http.sender import HttpSender
from enrichment.providers.registry import SPECS
from enrichment.scheduling import due
from enrichment.store import preflight

# Leases and due times come from the servers' clocks; a worker may differ by this much.
CLOCK_TOLERANCE_SECONDS = 5.0
REACH_SECONDS = 10.0
# What a person can do about a bench that no waiting ends.
_ADVICE = {
    BenchReason.AUTH: "the provider refuses the account: look at its credentials and,"
    " for Spotify, at the owner's Premium; the log holds the provider's words",
    BenchReason.BAN: "the provider shuts the account out: look for another program"
    " that uses it",
}


# What is looked at of the database, and what it is when nothing is wrong.
_WELL_DATABASE = {
    "pooler": "as DATABASE_POOLER says",
    "encoding": preflight.ENCODING,
    "schema": "up to date",
}

Look = Callable[[Settings], Awaitable[list[Finding]]]


async def examine(*, as_json: bool) -> int:
    """Look at everything, print it, give 0 when all is well and 1 otherwise."""
    findings: list[Finding] = []
    try:
        settings = environment.load()
    except EnrichmentError as error:
        findings.append(
            Finding("settings", well=False, detail=str(error), advice="mend .env")
        )
    else:
        findings += [_credentials(settings)]
        looks = (
            ("postgres", _postgres),
            ("redis", _redis),
            ("rabbitmq", doctor_broker.look),
            ("providers", _providers),
        )
        for found in await asyncio.gather(
            *(_looked(name, look, settings) for name, look in looks)
        ):
            findings += found
    _show(findings, as_json=as_json)
    return 0 if all(finding.well for finding in findings) else 1


async def _looked(name: str, look: Look, settings: Settings) -> list[Finding]:
    try:
        return await asyncio.wait_for(look(settings), timeout=REACH_SECONDS)
    except PermissionMissing as error:
        advice = "give it; docs/security.md says what each user needs"
        return [Finding(name, well=False, detail=str(error), advice=advice)]
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        return [
            Finding(
                name,
                well=False,
                detail=f"{type(error).__name__}: {error}".rstrip(": "),
                advice=f"is {name} running, and are its address and password right?",
            )
        ]


def _credentials(settings: Settings) -> Finding:
    missing = settings.missing_credentials()
    if not missing:
        try:
            provider_parts.providers(settings)
        except ConfigurationError as error:
            return Finding(
                "credentials", well=False, detail=str(error), advice="mend .env"
            )
    enabled = ", ".join(settings.enrichment_providers)
    return Finding(
        "credentials",
        well=not missing,
        detail=f"not set: {', '.join(missing)}" if missing else f"set for {enabled}",
        advice="set them, or leave the provider out of ENRICHMENT_PROVIDERS"
        if missing
        else "",
    )


async def _postgres(settings: Settings) -> list[Finding]:
    pool = await clients.open_pool(settings, 1, wait=False)
    try:
        async with pool.acquire() as connection:
            skew = abs(
                (
                    await connection.fetchval("SELECT now()") - datetime.now(UTC)
                ).total_seconds()
            )
            faults = {
                fault.subject: fault
                for fault in await preflight.faults(
                    connection, pooler_is_told=settings.database_pooler
                )
            }
        findings = [
            _clock("clock against Postgres", skew),
            *(
                Finding(subject, well=False, detail=f.detail, advice=f.advice)
                if (f := faults.get(subject))
                else Finding(subject, well=True, detail=well)
                for subject, well in _WELL_DATABASE.items()
            ),
        ]
        if not faults:
            unpublished, parts = await due.counts(pool)
            waits = sum(count for _, _, count in parts)
            findings += _unreachable(parts)
            findings.append(
                Finding(
                    "rows",
                    well=True,
                    detail=f"{unpublished:,} unpublished, {waits:,} parts waiting",
                )
            )
        return findings
    finally:
        await pool.close()


def _unreachable(parts: Iterable[tuple[str, str, int]]) -> list[Finding]:
    """Return what waits because a worker's calls to a provider come to nothing."""
    return [
        Finding(
            f"{provider} as workers reach it",
            well=False,
            detail=f"{count:,} parts wait: calls to it stay without an answer",
            advice="is the way out of the workers' host open (DNS, firewall, proxy)?",
        )
        for provider, reason, count in parts
        if reason == UNREACHABLE
    ]


async def _redis(settings: Settings) -> list[Finding]:
    client = clients.open_redis(settings)
    try:
        seconds, microseconds = await client.time()
        at = seconds + microseconds / 1e6
        link = RedisLink(client)
        learnt = await _accounts(settings, link)
        faults = await redis_server.judge(client)
        return [
            *(
                Finding("redis", well=False, detail=f.says, advice=f.advice)
                for f in faults
            ),
            *([] if faults else [Finding("redis", well=True, detail="answers")]),
            _clock("clock against Redis", abs(at - datetime.now(UTC).timestamp())),
            *learnt,
            *await _benches(settings, link),
        ]
    finally:
        await client.aclose()


async def _accounts(settings: Settings, link: RedisLink) -> list[Finding]:
    """Return what providers let our accounts call; every answer is well."""
    capabilities = Capabilities(link, provider_parts.accounts(settings))
    return [
        _account(name, await capabilities.read(name))
        for name in settings.enrichment_providers
        if SPECS[name].capabilities
    ]


def _account(provider: ProviderName, learnt: Mapping[str, Learnt]) -> Finding:
    states = [
        f"{name.replace('_', ' ')} {'open' if one.is_open else 'closed'}"
        for name, one in sorted(learnt.items())
    ]
    detail = ", ".join(states) or "nothing learnt yet: the first answers show it"
    return Finding(f"{provider} account", well=True, detail=detail)


async def _benches(settings: Settings, link: RedisLink) -> list[Finding]:
    """Return who is not asked, and why; what a person has to mend is not well."""
    bench = Bench(link)
    return [
        _benched(state)
        for name in settings.enrichment_providers
        for state in (await bench.state(name)).benches
    ]


def _benched(state: BenchState) -> Finding:
    until = datetime.fromtimestamp(state.until, UTC)
    what = f" {state.operation}" if state.operation else ""
    return Finding(
        f"{state.provider}{what}",
        well=state.reason not in _ADVICE,
        detail=f"benched until {until:%Y-%m-%d %H:%M:%S} UTC: {state.reason}",
        advice=_ADVICE.get(state.reason, ""),
    )


async def _providers(settings: Settings) -> list[Finding]:
    """Open a connection to each address that a worker asks; nothing is sent."""
    async with provider_parts.sender(settings, RedisLink(None), Spending()) as sender:
        return await asyncio.gather(
            *(
                _reached(sender, name, address)
                for name in settings.enrichment_providers
                for address in provider_parts.addresses(settings, name)
            )
        )


async def _reached(sender: HttpSender, name: ProviderName, address: str) -> Finding:
    host = urlsplit(address).netloc.rpartition("@")[2]
    try:
        seconds = await sender.reach(name, address)
    except Unreachable as error:
        return Finding(
            f"{name} at {host}",
            well=False,
            detail=str(error),
            advice="is the way out open (DNS, firewall, proxy, ENRICHMENT_CA_FILE)?"
            " what waits for it is asked later, the other providers go on",
        )
    detail = f"a connection opens in {seconds:.2f} s"
    return Finding(f"{name} at {host}", well=True, detail=detail)


def _clock(subject: str, skew: float) -> Finding:
    well = skew <= CLOCK_TOLERANCE_SECONDS
    return Finding(
        subject,
        well=well,
        detail=f"{skew:.1f} s apart",
        advice="" if well else "set the clocks by NTP: due times will be off",
    )


def _show(findings: list[Finding], *, as_json: bool) -> None:
    console = Terminal()
    if as_json:
        document = [asdict(finding) for finding in findings]
        print_json(document)
        return
    table = Table("", "subject", "finding", "what to do")
    for finding in findings:
        mark = "[green]✓[/]" if finding.well else "[red]✗[/]"
        table.add_row(
            mark, *map(cell, (finding.subject, finding.detail, finding.advice))
        )
    console.print(table)
