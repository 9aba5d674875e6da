"""Answers kept beyond the cache: explaining and re-matching need no call."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson
from msgspec.structs import asdict

from enrichment import logs
from enrichment.errors import ServerAway
from enrichment.model import (
    SILENT,
    Absent,
    Candidate,
    Found,
    ProviderName,
    Question,
    Sound,
)
from enrichment.providers.registry import SPECS
from enrichment.providers.spec import LicenceClass
from enrichment.store.errors import server_away

log = logs.get("write")

_CANDIDATE_FIELDS = frozenset(Candidate.__struct_fields__)

_KEEP = """
INSERT INTO provider_answers (provider, question, payload, licence_class, fetched_at,
                              expires_at)
SELECT given.* FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[],
                           $5::timestamptz[], $6::timestamptz[])
    AS given (provider, question, payload, licence_class, fetched_at, expires_at)
WHERE NOT EXISTS (
    SELECT FROM provider_revocations AS r
    WHERE r.provider = given.provider AND given.fetched_at <= r.revoked_at
      AND (r.since IS NULL OR given.fetched_at >= r.since)
      AND (r.before IS NULL OR given.fetched_at < r.before)
)
ON CONFLICT (provider, question_md5) DO UPDATE SET
    payload = EXCLUDED.payload,
    licence_class = EXCLUDED.licence_class,
    fetched_at = EXCLUDED.fetched_at,
    expires_at = EXCLUDED.expires_at
WHERE provider_answers.fetched_at <= EXCLUDED.fetched_at
"""


class AnswerArchive:
    """The table provider_answers: one row per question, whoever asked it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(
        self, answers: Mapping[Question, Found | Absent], at: datetime
    ) -> None:
        """Store answers; one that cannot be stored is logged, the track continues."""
        rows = [_row(question, answer, at) for question, answer in answers.items()]
        if not rows:
            return
        try:
            with server_away():
                await self._pool.execute(_KEEP, *map(list, zip(*rows, strict=True)))
        except ServerAway as error:
            log.warning(
                "Answers not archived: Postgres is away",
                event_name="enrichment.write.not_archived",
                questions=[row[1] for row in rows],
                error=str(error),
            )
        except Exception:
            log.exception(
                "Answers not archived",
                event_name="enrichment.write.not_archived",
                questions=[row[1] for row in rows],
            )


def _row(
    question: Question, answer: Found | Absent, at: datetime
) -> tuple[str, str, str, str, datetime, datetime | None]:
    spec = SPECS[question.provider]
    candidates = answer.candidates if isinstance(answer, Found) else ()
    keeps_for_ever = spec.terms.licence is LicenceClass.CC0
    # U+0000 is JSON but not jsonb
    payload = orjson.dumps([_body(candidate) for candidate in candidates])
    return (
        question.provider,
        f"{question.operation}:{question.key}".replace("\x00", ""),
        payload.decode().replace("\\u0000", ""),
        spec.terms.licence.value,
        at,
        None
        if keeps_for_ever
        else at + timedelta(days=spec.default_settings.cache_ttl_days),
    )


def _body(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate for JSON; what few providers give stands where it is given."""
    body = asdict(candidate)
    if candidate.sound == SILENT:
        del body["sound"]
    if not candidate.codes:
        del body["codes"]
    return body


def kept_candidates(payload: str) -> tuple[Candidate, ...]:
    """Read the candidates of a kept answer."""
    return tuple(map(_candidate, orjson.loads(payload)))


def _candidate(body: Mapping[str, Any]) -> Candidate:
    """Read a candidate, without what a newer version added."""
    known = {name: body[name] for name in _CANDIDATE_FIELDS & body.keys()}
    known["provider"] = ProviderName(known["provider"])
    for name in ("artists", "artist_ids", "isrcs"):
        known[name] = tuple(known.get(name) or ())
    known["codes"] = tuple((n, code) for n, code in known.get("codes") or ())
    known["sound"] = Sound(**known["sound"]) if known.get("sound") else SILENT
    known["genres"] = tuple((g, weight) for g, weight in known.get("genres") or ())
    return Candidate(**known)
