"""What Postgres says of all rows is waited for: no good track is dead-lettered."""

import pytest

from enrichment.contract import queues
from tests import pipeline

pytestmark = pytest.mark.timeout(300)

TRACKS = 12
# Of the server's resources, locks, limits, rights, own faults and other people's rules.
NOBODYS_FAULT = ("58030", "55P03", "25P03", "XX000", "53100", "57014", "42501", "P0001")


@pytest.fixture
def tracks():
    return pipeline.track_rows(TRACKS)


@pytest.fixture
def worker(workers, rabbitmq_url, tracks):
    """A worker with a dozen good tracks before it; started by the test."""
    pipeline.declare(rabbitmq_url)
    pipeline.publish(rabbitmq_url, pipeline.requests_of(tracks))
    return workers.start


def database_name(database_url):
    return database_url.rpartition("/")[2]


def does(database_url, *statements):
    for statement in statements:
        pipeline.rows(database_url, statement)


def refuses(database_url, sqlstate, when="true"):
    """Let Postgres answer so to whoever writes such a track."""
    does(
        database_url,
        f"""CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {when} THEN
                RAISE EXCEPTION 'as of {sqlstate}' USING ERRCODE = '{sqlstate}';
            END IF;
            RETURN NEW;
        END $$""",
        "CREATE TRIGGER refuses BEFORE INSERT OR UPDATE ON tracks"
        " FOR EACH ROW EXECUTE FUNCTION refuses()",
    )


def completed(database_url):
    counted = "SELECT count(*) AS n FROM tracks WHERE status = 'completed'"
    return pipeline.rows(database_url, counted)[0]["n"]


def dead_letters(rabbitmq_url):
    return pipeline.depth(rabbitmq_url, queues.DEAD_LETTER_QUEUE)


def ended_while_it_paused(running):
    """The exit code of a worker that has paused twice; None: it waits and lives."""
    pipeline.until(lambda: running.said().count("consumption pauses") >= 2)
    return running.process.poll()


def completed_in_the_end(database_url, expected=TRACKS):
    """How many tracks are complete, as soon as they are as many as expected."""
    pipeline.until(lambda: completed(database_url) >= expected)
    return completed(database_url)


@pytest.mark.parametrize("sqlstate", NOBODYS_FAULT)
def test_a_fault_of_the_server_is_waited_for(
    sqlstate, worker, database_url, rabbitmq_url
):
    refuses(database_url, sqlstate)
    running = worker()
    assert ended_while_it_paused(running) is None
    assert dead_letters(rabbitmq_url) == 0

    does(database_url, "DROP TRIGGER refuses ON tracks")

    assert completed_in_the_end(database_url) == TRACKS
    assert dead_letters(rabbitmq_url) == 0


def test_a_rule_that_refuses_every_row_is_no_rows_fault(
    worker, database_url, rabbitmq_url
):
    refuses(database_url, "23514")
    running = worker()
    assert ended_while_it_paused(running) is None
    assert dead_letters(rabbitmq_url) == 0

    does(database_url, "DROP TRIGGER refuses ON tracks")

    assert completed_in_the_end(database_url) == TRACKS
    assert dead_letters(rabbitmq_url) == 0


@pytest.mark.parametrize("sqlstate", ["21000", "22003", "23514", "54000"])
def test_a_row_that_is_refused_alone_is_dead_lettered_and_stops_nobody(
    sqlstate, worker, tracks, database_url, rabbitmq_url
):
    culprit = tracks[5]["track_id"]
    refuses(database_url, sqlstate, f"NEW.track_id = '{culprit}' AND NEW.outcome <> ''")
    running = worker()

    pipeline.until(lambda: dead_letters(rabbitmq_url) > 0)
    assert completed_in_the_end(database_url, TRACKS - 1) == TRACKS - 1
    assert dead_letters(rabbitmq_url) == 1
    assert running.process.poll() is None


def test_a_postgres_that_may_only_be_read_is_waited_for(
    worker, database_url, rabbitmq_url
):
    name = database_name(database_url)
    does(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    running = worker()
    assert ended_while_it_paused(running) is None
    assert dead_letters(rabbitmq_url) == 0

    does(
        f"{database_url}?options=-c%20default_transaction_read_only%3Doff",
        f"ALTER DATABASE {name} RESET default_transaction_read_only",
        # whoever is connected keeps what was set when it connected
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )

    assert completed_in_the_end(database_url) == TRACKS
    assert dead_letters(rabbitmq_url) == 0


def test_a_table_that_somebody_has_locked_is_waited_for(
    worker, database_url, rabbitmq_url
):
    """With `lock_timeout`, each statement that meets the lock fails at once."""
    name = database_name(database_url)
    does(database_url, f"ALTER DATABASE {name} SET lock_timeout = '100ms'")
    with pipeline.locked(database_url, "tracks"):
        running = worker()
        assert ended_while_it_paused(running) is None
    assert dead_letters(rabbitmq_url) == 0

    assert completed_in_the_end(database_url) == TRACKS
    assert dead_letters(rabbitmq_url) == 0


def test_a_schema_that_is_taken_back_below_a_worker_is_waited_for(
    worker, database_url, rabbitmq_url
):
    running = worker()
    assert completed_in_the_end(database_url) == TRACKS
    does(database_url, "ALTER TABLE provider_records RENAME TO gone")
    anew = pipeline.requests_of(pipeline.track_rows(TRACKS + 3)[TRACKS:])
    pipeline.publish(rabbitmq_url, anew)
    assert ended_while_it_paused(running) is None
    assert dead_letters(rabbitmq_url) == 0

    does(database_url, "ALTER TABLE gone RENAME TO provider_records")

    assert completed_in_the_end(database_url, TRACKS + 3) == TRACKS + 3
    assert dead_letters(rabbitmq_url) == 0


def test_the_ledger_goes_on_after_an_error_of_any_kind(
    worker, database_url, rabbitmq_url
):
    does(
        database_url,
        "CREATE FUNCTION full_() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END $$",
        "CREATE TRIGGER full_ BEFORE INSERT ON provider_calls"
        " FOR EACH ROW EXECUTE FUNCTION full_()",
    )
    running = worker()
    assert completed_in_the_end(database_url) == TRACKS
    pipeline.until(lambda: "Calls cannot be written down" in running.said())

    does(database_url, "DROP TRIGGER full_ ON provider_calls")

    counted = "SELECT sum(calls)::int AS n FROM provider_calls"
    pipeline.until(lambda: pipeline.rows(database_url, counted)[0]["n"])
    assert running.process.poll() is None
