"""What of Postgres' errors is a row's fault: four classes, and what cannot be sent."""

import asyncpg
import pytest
from asyncpg.exceptions import _base

from enrichment.contract.servers.postgres_faults import (
    is_away,
    is_query_fault,
    is_refusal,
    is_row_fault,
)
from enrichment.errors import ServerAway
from enrichment.store.errors import server_away


def of_server(sqlstate):
    return asyncpg.PostgresError.new({"C": sqlstate, "M": "said", "S": "ERROR"})


ROW_FAULTS = ("21000", "22001", "22003", "22021", "22P02", "23502", "23514", "54000")
WAITED_FOR = (
    *("08006", "0A000", "25006", "25P03", "26000", "28P01", "3D000", "40001", "40P01"),
    *("42501", "42703", "42P01", "42P05", "53100", "53300", "55P03", "57014", "57P01"),
    *("58030", "P0001", "XX000", "XX001", "99999"),
)


@pytest.mark.parametrize("sqlstate", ROW_FAULTS)
def test_a_value_that_is_refused_is_its_rows_fault(sqlstate):
    assert is_row_fault(of_server(sqlstate))
    assert not is_away(of_server(sqlstate))


@pytest.mark.parametrize("sqlstate", WAITED_FOR)
def test_everything_else_that_postgres_says_is_waited_for(sqlstate):
    assert is_away(of_server(sqlstate))
    assert not is_row_fault(of_server(sqlstate))


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("reset"),
        TimeoutError(),
        EOFError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InterfaceError("pool is closing"),
        asyncpg.InternalClientError("unexpected state"),
        asyncpg.ConnectionDoesNotExistError("lost"),
    ],
    ids=repr,
)
def test_a_connection_that_is_lost_is_waited_for(error):
    assert is_away(error)
    with pytest.raises(ServerAway), server_away():
        raise error


def test_a_value_that_cannot_be_sent_is_its_rows_fault():
    error = _base.DataError("value out of int32 range")

    assert is_row_fault(error)
    assert not is_away(error)


@pytest.mark.parametrize("error", [ValueError("ours"), KeyError("ours")], ids=repr)
def test_an_error_of_our_own_is_neither(error):
    assert not is_away(error)
    assert not is_row_fault(error)


@pytest.mark.parametrize("sqlstate", ["28P01", "28000", "3D000"])
def test_who_is_not_let_in_is_told_at_start(sqlstate):
    assert is_refusal(of_server(sqlstate))
    assert not is_refusal(of_server("57P03"))


@pytest.mark.parametrize(
    ("error", "is_fault"),
    [
        *(
            (of_server(state), True)
            for state in ("0A000", "21000", "22012", "25006", "42501", "42601")
        ),
        *(
            (of_server(state), False)
            for state in ("08006", "25P03", "53100", "57014", "57P01", "XX000")
        ),
        (asyncpg.InterfaceError("the server expects 1 argument for this query"), True),
        (asyncpg.InterfaceError("connection is closed"), False),
        (ConnectionResetError("reset"), False),
    ],
    ids=repr,
)
def test_what_a_persons_query_can_be_wrong_in(error, is_fault):
    assert is_query_fault(error) is is_fault
