"""What the further columns of a table say of its tracks."""

from collections.abc import Callable, Mapping, Sequence

from scrapers.tracklists.facts import NO_FACTS, Facts, facts, number_of
from scrapers.tracklists.tables.columns import names as named

_LENGTHS = named(
    "duration ms, track duration ms, song duration ms, duration, length, total time"
    ", time, track duration, song length, playtime, dauer, länge, zeit, gesamtzeit"
    ", spieldauer, durée, duración, durata, duração, speelduur, długość, longitud"
    ", duración de la canción ms, duración del tema ms, titeldauer ms"
    ", dauer des titels ms, durée du titre ms, durata del brano ms"
    ", duração da faixa ms, длительность, время, 時間, 长度, 時長, 재생 시간"
)
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "isrc": named("isrc, isrc code, track isrc, isrcs"),
    "bpm": named("bpm, tempo, average bpm, takt"),
    "key": named(
        "camelot, key, musical key, initial key, initialkey, tonality, key text"
        ", tonart, tonalité, tonalidad, tonalità, тональность"
    ),
    "album": named(
        "album, album name, album title, release title, albumname, albumtitel"
        ", nom de l'album, álbum, nombre del álbum, nome dell'album, nome do álbum"
        ", name des albums, альбом, アルバム, 专辑, 專輯, 앨범"
    ),
    "released": named(
        "release date, album release date, released, album date, year, jahr, année"
        ", año, anno, ano, rok, год, fecha de lanzamiento del álbum"
        ", veröffentlichungsdatum des albums, date de sortie de l'album"
        ", data di uscita dell'album, data de lançamento do álbum, 年, 연도"
    ),
    "artwork": named(
        "artwork, artwork url, album image url, image url, cover url, album art"
        ", url de la imagen del álbum, url des albumbilds"
    ),
    "location": named(
        "location, full path, file path, filepath, path, file, file name, filename"
        ", speicherort, dateiname, dateipfad, emplacement, ubicación, posizione"
        ", ruta, расположение, 場所, 位置"
    ),
}
_TIMES = frozenset(named("time, zeit, время, 時間"))
# A number of seconds above is none that a track lasts.
_LEAST_MILLISECONDS = 10_000


# All of them: of other columns nothing is kept.
NAMES = (*_LENGTHS, *(name for names in _COLUMNS.values() for name in names))


def facts_of(
    header: Sequence[str], *, time_is_length: bool
) -> Callable[[Sequence[str]], Facts]:
    """
    Return the reader of a table's records.

    Args:
        header: the columns' folded names.
        time_is_length: whether a column "time" says how long a track lasts.
    """
    places = {
        fact: place
        for fact, names in _COLUMNS.items()
        if (place := _place(header, names)) is not None
    }
    lengths = [
        header.index(name)
        for name in _LENGTHS
        if name in header and (time_is_length or name not in _TIMES)
    ]
    if not places and not lengths:
        return lambda _record: NO_FACTS

    def read(record: Sequence[str]) -> Facts:
        found = {
            fact: record[place] if place < len(record) else ""
            for fact, place in places.items()
        }
        cells = (record[place] for place in lengths if place < len(record))
        printed = next(filter(None, cells), "")
        number = number_of(printed)
        if number is not None and number >= _LEAST_MILLISECONDS:
            return facts(duration_ms=printed, **found)
        return facts(seconds=printed, **found)

    return read


def _place(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)
