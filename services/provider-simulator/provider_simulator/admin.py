"""Asking and steering the simulator over HTTP, below `/_simulator/`."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

from aiohttp import web

from provider_simulator.faults import FaultInvalid
from provider_simulator.gate import Simulator
from provider_simulator.ledger import busiest
from provider_simulator.network.front import Front
from provider_simulator.registry import NAMES, read_fault, summary
from provider_simulator.settings import changed_settings, flat
from provider_simulator.world.catalogue import given_from
from provider_simulator.world.coverage import PROFILES
from provider_simulator.world.invention import invent

SIMULATOR = web.AppKey("simulator", Simulator)
# Only there when the providers are reached through a network.
FRONT = web.AppKey("front", Front)


def routes() -> list[web.RouteDef]:
    """Return the routes of the administration."""
    return [
        web.get("/_simulator/health", _health),
        web.get("/_simulator/ledger/summary", _summary),
        web.get("/_simulator/ledger/calls", _calls),
        web.get("/_simulator/ledger/windows", _windows),
        web.get("/_simulator/catalogue/summary", _catalogue_summary),
        web.post("/_simulator/catalogue", _replace_catalogue),
        web.get("/_simulator/faults", _faults),
        web.post("/_simulator/faults", _add_faults),
        web.delete("/_simulator/faults", _clear_faults),
        web.get("/_simulator/settings", _settings),
        web.post("/_simulator/settings", _change_settings),
        web.get("/_simulator/network", _network),
        web.post("/_simulator/network", _change_network),
        web.post("/_simulator/reset", _reset),
    ]


async def _health(request: web.Request) -> web.Response:
    simulator = request.app[SIMULATOR]
    return web.json_response(
        {
            "status": "ok",
            "now": simulator.clock.now(),
            "time_scale": simulator.clock.scale,
            "calls": len(simulator.ledger.calls),
        }
    )


async def _summary(request: web.Request) -> web.Response:
    simulator = request.app[SIMULATOR]
    return web.json_response(
        {
            "time_scale": simulator.clock.scale,
            "now": simulator.clock.now(),
            "providers": {
                provider: simulator.ledger.summary(provider) for provider in NAMES
            },
        }
    )


async def _calls(request: web.Request) -> web.Response:
    provider, since = request.query.get("provider"), _number(request, "since", 0.0)
    calls = [
        asdict(call)
        for call in request.app[SIMULATOR].ledger.calls
        if call.simulated_at >= since and provider in (None, "", call.provider)
    ]
    return web.json_response({"calls": calls})


async def _windows(request: web.Request) -> web.Response:
    provider, seconds = _provider(request), _number(request, "seconds", 1.0)
    if seconds <= 0:
        raise _mistake("seconds must be above 0")
    calls = request.app[SIMULATOR].ledger.of(provider, _number(request, "since", 0.0))
    most, starts_at = busiest([call.simulated_at for call in calls], seconds)
    return web.json_response(
        {
            "provider": provider,
            "seconds": seconds,
            "max_calls": most,
            "starts_at": starts_at,
        }
    )


async def _catalogue_summary(request: web.Request) -> web.Response:
    return web.json_response(summary(request.app[SIMULATOR].world))


async def _replace_catalogue(request: web.Request) -> web.Response:
    """Take `{"tracks": [...], "coverage": "full", "seed": 7}`; limits stay."""
    simulator = request.app[SIMULATOR]
    body = await _body(request)
    coverage = PROFILES.get(str(body.get("coverage", "full")))
    rows, seed = body.get("tracks"), body.get("seed", simulator.settings.seed)
    if coverage is None:
        raise _mistake(f"coverage must be one of {', '.join(PROFILES)}")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _mistake("tracks must be a list of objects")
    if not isinstance(seed, int):
        raise _mistake("seed must be a whole number")
    given = list(given_from(cast("list[Mapping[str, object]]", rows)))
    world = await asyncio.to_thread(invent, given, coverage, seed)
    put_in_place = await asyncio.to_thread(simulator.prepare, world, simulator.settings)
    put_in_place()
    return web.json_response(summary(world))


async def _faults(request: web.Request) -> web.Response:
    simulator = request.app[SIMULATOR]
    in_force = simulator.script.in_force(simulator.clock.now())
    return web.json_response({"faults": [asdict(fault) for fault in in_force]})


async def _add_faults(request: web.Request) -> web.Response:
    """Take a fault, or `{"faults": [...]}`; `"clear": true` ends the old ones."""
    simulator = request.app[SIMULATOR]
    body = await _body(request)
    rows = body.get("faults") if "faults" in body else [body]
    if rows == [{"clear": body.get("clear")}]:
        rows = []
    if not isinstance(rows, list):
        raise _mistake("faults must be a list")
    try:
        faults = [read_fault(row) for row in rows]
    except (FaultInvalid, AttributeError, TypeError) as fault:
        raise _mistake(str(fault)) from fault
    if body.get("clear") is True:
        simulator.script.clear()
    simulator.script.add(faults, simulator.clock.now())
    return await _faults(request)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[SIMULATOR].script.clear()
    return await _faults(request)


async def _settings(request: web.Request) -> web.Response:
    return web.json_response(flat(request.app[SIMULATOR].settings))


async def _change_settings(request: web.Request) -> web.Response:
    """Take names and values of `Settings`; the limiters start afresh."""
    simulator = request.app[SIMULATOR]
    body = await _body(request)
    try:
        settings = changed_settings(simulator.settings, body)
    except ValueError as fault:
        raise _mistake(str(fault)) from fault
    put_in_place = await asyncio.to_thread(simulator.prepare, simulator.world, settings)
    put_in_place()
    return await _settings(request)


async def _network(request: web.Request) -> web.Response:
    front = _front(request)
    providers = {
        name: {"url": front.urls[name], **asdict(conditions)}
        for name, conditions in front.conditions.items()
    }
    return web.json_response({"providers": providers})


async def _change_network(request: web.Request) -> web.Response:
    """Take names and values of `Network`, `preset`, and `provider` for one alone."""
    try:
        _front(request).change(await _body(request))
    except ValueError as fault:
        raise _mistake(str(fault)) from fault
    return await _network(request)


def _front(request: web.Request) -> Front:
    front = request.app.get(FRONT)
    if front is None:
        raise _mistake("started without --network: there is none to change")
    return front


async def _reset(request: web.Request) -> web.Response:
    """Forget calls, limits and faults; `{"ledger": false}` and so on keeps one."""
    simulator = request.app[SIMULATOR]
    body = await _body(request)
    if body.get("ledger", True):
        simulator.ledger.reset()
    if body.get("limits", True):
        simulator.reset_limits()
    if body.get("faults", True):
        simulator.script.clear()
    return web.json_response({"status": "ok"})


async def _body(request: web.Request) -> dict[str, object]:
    text = await request.text()
    try:
        body = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as fault:
        raise _mistake(f"not JSON: {fault}") from fault
    if isinstance(body, list):
        return {"faults": body}
    if not isinstance(body, dict):
        raise _mistake("an object is expected")
    return cast("dict[str, object]", body)


def _provider(request: web.Request) -> str:
    provider = request.query.get("provider", "")
    if provider not in NAMES:
        raise _mistake(f"provider must be one of {', '.join(NAMES)}")
    return provider


def _number(request: web.Request, name: str, default: float) -> float:
    try:
        return float(request.query.get(name, default))
    except ValueError as fault:
        raise _mistake(f"{name} must be a number") from fault


def _mistake(reason: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(
        text=json.dumps({"error": reason}), content_type="application/json"
    )
