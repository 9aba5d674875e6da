"""What refusals of a provider lead to, seen by a worker's calls to the simulator."""

import pytest

from benchmarks.budget_cases.rig import Servers, invented, open_rig
from enrichment.providers.spotify.provider import Capability

pytestmark = pytest.mark.timeout(300)

IDS = "SELECT spotify_id FROM tracks WHERE spotify_id IS NOT NULL ORDER BY track_id"
ABSENT = "SELECT count(*) AS n FROM provider_records WHERE outcome = 'absent'"


@pytest.fixture
def servers(stack, database_url, redis_url, rabbitmq_url):
    return Servers(database_url, redis_url, rabbitmq_url, stack.redis)


def said(rig, event: str) -> str:
    return "".join(
        line
        for worker in rig.workers.started
        for line in worker.said().splitlines(keepends=True)
        if event in line
    )


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "premium_text"},
        {"kind": "token_missing"},
        {"kind": "bearer_only"},
        {"kind": "capability_closed"},
        {"kind": "edge_empty", "status": 403},
        {"kind": "edge_page", "status": 403},
    ],
    ids=lambda kind: kind["kind"],
)
def test_one_refusal_amid_good_answers_is_asked_again_and_benches_nobody(servers, kind):
    world = invented(12)
    with open_rig(servers, world, scale=40, options=("--coverage", "full")) as rig:
        rig.start(1)
        rig.publish(world[:6])
        rig.drain(6)
        rig.fault(provider="spotify", count=1, **kind)
        rig.publish(world[6:])
        rig.drain(12)

        assert rig.summary()["spotify"]["faults"] == 1
        assert not said(rig, "enrichment.lookup.benched")
        assert not rig.rows(ABSENT)[0]["n"]


def test_an_account_that_is_refused_on_is_benched_with_the_providers_own_reason(
    servers,
):
    world = invented(20)
    with open_rig(servers, world, scale=40, options=("--coverage", "full")) as rig:
        rig.fault(provider="spotify", kind="premium_text")
        rig.start(1)
        rig.publish(world)
        waits = "SELECT count(*) AS n FROM waiting_parts WHERE provider = 'spotify'"
        rig.until(lambda: rig.rows(waits)[0]["n"] == len(world))

        assert rig.counts()["spotify"] <= 10
        assert '"reason": "auth"' in said(rig, "enrichment.lookup.benched")


def test_a_batch_that_alone_is_refused_for_rate_is_asked_singly(servers):
    """https://github.com/michaelherger/Spotty-Plugin/issues/213"""
    world = invented(30)
    options = ("--coverage", "full", "--set", "spotify_extended=true")
    with open_rig(servers, world, scale=40, options=options) as rig:
        rig.start(1)
        rig.publish(world)
        rig.drain(30)
        ids = [row["spotify_id"] for row in rig.rows(IDS)]
        rig.stop()
        assert len(ids) == 30
        servers.empty()

        rig.fault(
            provider="spotify", kind="rate_limited", operation="tracks", retry_after=11
        )
        rig.start(1)
        rig.publish([{**t, "spotify_id": i} for t, i in zip(world, ids, strict=True)])
        rig.drain(30, 120)

        learnt = said(rig, "enrichment.lookup.capability")
        assert Capability.TRACK_BATCH in learnt


def test_a_retry_asks_with_the_id_that_the_message_had(servers):
    world = invented(4)
    with open_rig(servers, world, scale=40, options=("--coverage", "full")) as rig:
        rig.start(1)
        rig.publish(world)
        rig.drain(4)
        ids = [row["spotify_id"] for row in rig.rows(IDS)]
        rig.stop()
        servers.empty()
        since = rig.now()

        rig.fault(
            provider="spotify", kind="edge_page", operation="track", status=502, count=4
        )
        rig.start(1)
        # names that nobody knows: only the id finds it
        rig.publish(
            [
                {**track, "spotify_id": one, "full_title": f"{track['full_title']} zzz"}
                for track, one in zip(world, ids, strict=True)
            ]
        )
        rig.drain(4, 120)
        asked = [c for c in rig.calls("spotify", since) if c["operation"] == "track"]

        assert len(asked) >= 5
        assert {call["asked"] for call in asked} == set(ids)
