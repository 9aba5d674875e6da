"""Which errors of Postgres are a row's fault; all others are waited for."""

# SQLSTATE classes that one row's values can raise: cardinality, data, integrity,
# program limits (https://www.postgresql.org/docs/current/errcodes-appendix.html).
# Whatever else the server says (disk, locks, timeouts, rights, read-only, an older
# schema, its own faults) is true of every row.
ROW_CLASSES = frozenset({"21", "22", "23", "54"})
# No such user, password or database: at start a person is told, nobody waits.
_REFUSAL_CLASSES = frozenset({"28", "3D"})
# Another schema than ours, no rights, statements that a pooler has lost.
_PERSON_CLASSES = frozenset({"26", "3F", "42"})
# What a person's own SELECT can be wrong in: a form that is not supported, its values,
# its names and rights.
_QUERY_CLASSES = frozenset({"0A", "21", "22", "42"})
_IS_READ_ONLY = "25006"
# The driver's words for a query with parameters, which nobody gives values for.
_PARAMETERS = "the server expects"
# The contract knows the driver by name only: it imports no third-party client.
_DRIVER = "asyncpg"


def is_row_fault(error: BaseException) -> bool:
    """Return whether Postgres, or its driver, refused the values that it was given."""
    sqlstate = _sqlstate(error)
    if sqlstate is None:
        # the driver could not encode a value; the server has not seen it
        return _is_drivers(error) and isinstance(error, ValueError)
    return sqlstate[:2] in ROW_CLASSES


def is_away(error: BaseException) -> bool:
    """
    Return whether Postgres cannot do its work now: hold the rows and try again later.

    Only for errors of a statement: our own code raises none of these classes there.
    """
    if isinstance(error, OSError | TimeoutError | EOFError):
        return True
    if not (_is_drivers(error) or _sqlstate(error) is not None):
        return False
    return not is_row_fault(error)


def is_refusal(error: BaseException) -> bool:
    """Return whether the server does not let us in with these settings."""
    sqlstate = _sqlstate(error)
    return sqlstate is not None and sqlstate[:2] in _REFUSAL_CLASSES


def is_query_fault(error: BaseException) -> bool:
    """Return whether a SELECT that a person wrote cannot be run as it is."""
    sqlstate = _sqlstate(error)
    if sqlstate is None:
        return _is_drivers(error) and str(error).startswith(_PARAMETERS)
    return sqlstate[:2] in _QUERY_CLASSES or sqlstate == _IS_READ_ONLY


def needs_a_person(error: BaseException) -> bool:
    """Return whether waiting alone is useless: the schema, our rights or a setting."""
    sqlstate = _sqlstate(error)
    return sqlstate is not None and sqlstate[:2] in _PERSON_CLASSES


def _sqlstate(error: BaseException) -> str | None:
    sqlstate = getattr(error, "sqlstate", None)
    return sqlstate if isinstance(sqlstate, str) else None


def _is_drivers(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] == _DRIVER
