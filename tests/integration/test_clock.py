"""What stands in rows is dated by Postgres, whatever this machine's clock says."""

from datetime import UTC, datetime, timedelta

from enrichment.store.clock import PostgresClock
from tests.integration.connections import pool

__all__ = ["pool"]


class Monotonic:
    """A clock that nobody sets; a test lets it run."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


class Behind:
    """A Postgres whose clock is another than this machine's."""

    def __init__(self, at):
        self.at = at

    async def fetchval(self, _query):
        return self.at


async def test_it_is_postgres_time(pool):
    clock = PostgresClock(pool)
    await clock.look()

    before = await pool.fetchval("SELECT clock_timestamp()")
    now = clock.now()
    after = await pool.fetchval("SELECT clock_timestamp()")

    slack = timedelta(seconds=1)
    assert before - slack < now < after + slack


async def test_it_goes_on_by_itself_and_is_that_of_the_server_alone():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    passing = Monotonic()
    clock = PostgresClock(Behind(at), passing)
    await clock.look()
    assert clock.now() == at

    passing.seconds += 90

    assert clock.now() == at + timedelta(seconds=90)
