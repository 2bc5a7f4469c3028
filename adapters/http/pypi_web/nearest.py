"""Projects whose names are nearly what somebody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Invalid, Unavailable
from pypi_core.ports.search import SearchField, SearchHit, SearchQuery
from pypi_http_api.index_request import IndexRequest

_MOST_PROPOSED = 50
_MOST_NAMES = 5
_LONGEST = 100
_ALIKE = 0.6
_BEGINNING = 3


def nearest_names(addressed: IndexRequest, text: str) -> Sequence[NormalizedName]:
    """
    Return up to five names like *text*, the most alike first; none where the search does not answer.

    The search engine is asked twice: for names that differ by a letter, and for names that begin alike.
    """
    wanted = "-".join(text.lower().split())[:_LONGEST]
    beginning = wanted[:_BEGINNING].rstrip("-_.")
    found = {each.name for words in (wanted, beginning) if words for each in _proposed(addressed, words)}
    scored = [(SequenceMatcher(None, wanted, each).ratio(), each) for each in found if each != wanted]
    best = sorted((each for each in scored if each[0] >= _ALIKE), key=lambda each: (-each[0], each[1]))
    return [name for _score, name in best[:_MOST_NAMES]]


def _proposed(addressed: IndexRequest, words: str) -> Sequence[SearchHit]:
    query = SearchQuery(words=words, words_in=(SearchField.NAME,), limit=_MOST_PROPOSED)
    try:
        return addressed.index.search.by_words(addressed.actor, query).hits
    except (Invalid, Unavailable):
        return ()
