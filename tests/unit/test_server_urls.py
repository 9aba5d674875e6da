"""Addresses whose password is not encoded: named, explained, and never quoted."""

import pytest

from enrichment.app import settings
from enrichment.contract.servers import server_urls
from enrichment.errors import ConfigurationError
from scrapers.environment import Environment

ADDRESSES = {
    "DATABASE_URL": "postgresql://musicdb:{}@postgres:5432/musicdb",
    "REDIS_URL": "redis://:{}@redis:6379/0",
    "RABBITMQ_URL": "amqp://musicdb:{}@rabbitmq:5672/musicdb",
    "MUSICBRAINZ_BASE_URL": "https://proxy:{}@musicbrainz.example/ws/2",
}
# The pieces are what a parser would take for a host, a port or a file.
PASSWORDS = [
    "Zq7piece#Xw9piece",
    "Zq7piece?Xw9piece",
    "Zq7piece[Xw9piece",
    "Zq7piece]Xw9piece",
    "Zq7[piece]Xw9piece",
    "Zq7piece/Xw9piece",
    "47110815/Xw9piece",
    "4711?Xw9piece",
    "Zq7piece Xw9piece",
    "Zq7piece\tXw9piece",
    "#Zq7piece",
    "Zq7piece?",
]


@pytest.mark.parametrize("variable", ADDRESSES)
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_that_is_not_encoded_is_named_and_never_quoted(variable, password):
    with pytest.raises(ConfigurationError) as caught:
        settings.load({variable: ADDRESSES[variable].format(password)})

    told = str(caught.value)
    assert variable in told
    assert "%23" in told
    assert "piece" not in told
    assert "4711" not in told


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL", "RABBITMQ_URL"])
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_crawl_refuses_the_same(variable, password):
    env = Environment({variable: ADDRESSES[variable].format(password)})

    {
        "DATABASE_URL": env.postgres_dsn,
        "REDIS_URL": env.redis_dsn,
        "RABBITMQ_URL": env.rabbitmq_dsn,
    }[variable]()

    assert len(env.faults) == 1
    assert env.faults[0].startswith(f"{variable}: ")
    assert "piece" not in env.faults[0]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgresql://u:p%23%3F%5B@postgres:5432/musicdb?sslmode=require",
        "postgresql+asyncpg://u:p@postgres/musicdb",
        "postgresql://u:p:with:colons@h/d",
        "postgresql://u:p@first:5432,second:5433/musicdb",
        "postgresql://u:p@[::1]:5432/musicdb",
        "postgresql://u@/musicdb?host=/var/run/postgresql",
        "postgresql:///musicdb?host=/var/run/postgresql",
        "redis://redis:6379/0",
        "rediss://:p@redis:6379/0?ssl_cert_reqs=required",
        "unix:///run/redis.sock?db=0",
        "amqps://u:p@rabbitmq:5671/%2F?heartbeat=30",
        "http://127.0.0.1:8080/spotify/v1",
    ],
)
def test_what_a_driver_can_read_is_no_fault(url):
    assert server_urls.fault_of(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "musicdb:Zq7piece@postgres/musicdb",
        "Zq7piece",
        "redis://redis:99999/0",
        "redis://::1:6379/0",
        "amqp://u:p@rabbitmq:five/x",
        "postgresql://u:p@[::1/x",
        "postgresql://u:p@::1]:5432/x",
        "postgresql://u:p@[::1]5432/x",
    ],
)
def test_what_none_can_read_is_told_without_its_value(url):
    fault = server_urls.fault_of(url)

    assert fault is not None
    assert "piece" not in fault
