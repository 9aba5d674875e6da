"""What exports call their columns, in the languages of the tools."""

import re

from enrichment.contract.identity.spelling import folded

_ARTIST_NAMES = """
    artist, artists, artist name, artist names, artist name s, track artist
    track artists, song artist, performer, performers, interpret, interpreter, band
    creator, byartist, artist s, künstler, künstlername, interpreten, artiste
    artistes, nom de l'artiste, interprète, artista, artistas, nombre del artista
    nombre(s) del artista, intérprete, nome artista, nome dell'artista
    nomi degli artisti, nome do artista, nome(s) do artista, name des künstlers
    name(n) des künstlers, nom(s) de l'artiste, artistnavn, esiintyjä, artiest
    artiesten, naam artiest, artiestnaam, artysta, wykonawca, umělec
    interpret skladby, előadó, artist adı, sanatçı, καλλιτέχνης, исполнитель, артист
    исполнители, виконавець, アーティスト, アーティスト名, 歌手, 艺术家, 藝術家,
    艺人, 藝人, 演唱者, 表演者, 아티스트
    가수
"""
_TITLE_NAMES = """
    track title, title, song title, song, song name, track name, trackname
    tracktitle, track, tracktitel, titel, songtitel, liedtitel, lied, stück
    name des titels, titelname, titre, titre du morceau, morceau, chanson
    nom du titre, nom du morceau, título, titulo, canción, nombre de la canción
    nombre de canción, título de la canción, pista, tema, nome da música
    nome da faixa, música, faixa, titolo, brano, titolo brano, nome del brano
    nome brano, canzone, nummer titel, nummer naam, titel van het nummer, låt
    låttitel, sang, sangtittel, kappale, tytuł, utwór, nazwa utworu, skladba, název
    název skladby, cím, dal, şarkı, parça, şarkı adı, τίτλος, название
    название трека, трек, песня, композиция, назва, 曲名, タイトル, トラック名,
    トラック, 歌曲, 歌名
    曲目, 标题, 標題, 歌曲名称, 제목, 노래, 곡명
"""
_BOTH_NAMES = """
    name, nome, nombre, nom, naam, raw, artist - title, artist title, artist - track
    artist/title, artist / title, artist and title, track info, tracklist, 名前, 이름
    имя
"""
_LABEL_NAMES = """
    label, record label, labels, publisher, plattenlabel, étiquette
    maison de disques, sello, sello discográfico, gravadora, etichetta
    casa discografica, wytwórnia, platenlabel, лейбл, издатель, レーベル, 厂牌,
    唱片公司, 레이블
"""
_CATALOGUE_NAMES = """
    catalog number, catalogue number, catalog no, catalogue no, catalog, catalogue
    cat no, catno, cat #, cat, katalognummer, release id
"""


def column_name(printed: str) -> str:
    """Return the name of a column without case, signs and underscores."""
    return folded(printed.replace("_", " "))


def names(listed: str) -> tuple[str, ...]:
    """Return the folded names of columns that are listed with commas or lines."""
    listing = (name for name in re.split(r"[,\n]", listed) if name.strip())
    return tuple(dict.fromkeys(map(column_name, listing)))


ARTISTS = names(_ARTIST_NAMES)
TITLES = names(_TITLE_NAMES)
# One column that holds "Artist - Title".
BOTH = names(_BOTH_NAMES)
LABELS = names(_LABEL_NAMES)
CATALOGUE_NUMBERS = names(_CATALOGUE_NAMES)
VERSIONS = names("mix name, remix, version, mix version")
# 1001Tracklists' exports give the artist with whom the name begins, too.
LEADING_ARTISTS = names("byartist")
# Where in the mix it begins, or when it was played.
CUES = names("timestamp, cue, cue point, start time, start, position in mix, startzeit")
# The same, or how long it lasts.
MAYBE_CUES = names("time, zeit, tid, hora, ora, heure, время, 時間, 时间")
LENGTHS = names("length, duration, duration ms, dauer, länge, durée, duración, durata")
NUMBERS = names("track_number, #, num., number, position, no., nr., n°, index, pos")
ENDS = names("end time, playtime")
# Each is asked for by one of these names.
ALL = (
    *(ARTISTS, TITLES, BOTH, LABELS, CATALOGUE_NUMBERS, VERSIONS, LEADING_ARTISTS),
    *(CUES, MAYBE_CUES, LENGTHS, NUMBERS, ENDS),
)
