"""Words of many languages that are where nobody knows artist and title."""

import re

from enrichment.contract.identity.spelling import folded

_WORDS = """
    unknown, unknown artist, unknown title, unknown track, id, untitled, unbekannt
    unbekannter künstler, unbekannter interpret, unbekannter titel, inconnu, inconnue
    artiste inconnu, titre inconnu, desconocido, desconocida, artista desconocido
    título desconocido, desconhecido, artista desconhecido, sconosciuto
    artista sconosciuto, titolo sconosciuto, onbekend, onbekende artiest, nieznany
    nieznany artysta, nieznany utwór, neznámý, neznámý interpret, ismeretlen, okänd
    ukjent, ukendt, tuntematon, bilinmeyen, necunoscut, άγνωστο, άγνωστος
    неизвестно, неизвестен, неизвестный, неизвестный исполнитель, неизвестный трек
    без названия, невідомо, невідомий, 未知, 未知艺术家, 未知藝術家, 不明, 알 수 없음
"""
_UNKNOWN = frozenset(
    folded(word.strip()) for word in re.split(r"[,\n]", _WORDS) if word.strip()
)


def are_unknown(artist: str, title: str) -> bool:
    """Return whether both only say that they are unknown; one alone may be a name."""
    return folded(title) in _UNKNOWN and folded(artist) in _UNKNOWN
