"""What a DJ mixes by: tempo and key of a track, with who said so. Pure."""

from collections.abc import Iterable, Sequence

from enrichment.contract.camelot import camelot, open_key
from enrichment.pipeline.explaining.explanation import (
    FieldOrigin,
    FileFact,
    Mixing,
    ProviderPart,
    TempoReading,
)
from enrichment.pipeline.explaining.tempo import doubt_of, folded


def mixing(
    fields: Iterable[FieldOrigin],
    parts: Iterable[ProviderPart],
    files: Sequence[FileFact],
) -> Mixing:
    """Return what the values of a track say to a DJ."""
    named = {origin.field: origin for origin in fields}
    stored, key = named.get("bpm"), named.get("camelot_key")
    readings = [TempoReading(p.provider, p.bpm) for p in parts if p.bpm is not None]
    told = next((fact for fact in files if fact.field == "bpm"), None)
    if told is not None:
        readings.append(TempoReading("file", float(told.value)))
    bpm = float(stored.value) if stored is not None else None
    code = camelot(str(key.value)) if key is not None else None
    return Mixing(
        bpm=bpm,
        bpm_folded=None if bpm is None else folded(bpm),
        bpm_source=stored.provider if stored is not None else None,
        readings=tuple(readings),
        tempo_doubt=doubt_of([reading.bpm for reading in readings]),
        camelot=code,
        open_key=None if code is None else open_key(code),
    )
