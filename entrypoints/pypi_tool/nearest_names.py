"""Names of projects that may have been meant by one that is not there."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypi_api_client import Client

LARGEST_LIST = 1024 * 1024
"""How many bytes the list of projects may have to be read for this."""

_MOST_HITS = 100
_MOST_SHOWN = 3
_CLOSE = 0.75
_PROJECT = re.compile(r"project '([^']{1,100})'", re.IGNORECASE)


def missing_project(sentence: str) -> str:
    """Return the name of the project that a sentence says is not there, or nothing."""
    found = _PROJECT.search(sentence)
    return found[1] if found else ""


def nearest_names(client: Client, name: str) -> list[str]:
    """
    Return names on the index that are spelt nearly as *name*, the nearest first.

    They come from the search for its beginning and, where that has none, from the list of
    projects, unless that is long.  An index that offers neither has none.
    """
    from packaging.utils import canonicalize_name

    from pypi_api_client.errors import ClientError

    wanted = canonicalize_name(name)
    for names in (_found_names, _listed_names):
        try:
            candidates = {canonicalize_name(each) for each in names(client, wanted)} - {wanted}
        except ClientError:
            continue
        # Comparing is slow: of a long list only names of about the same length are worth it.
        alike = [each for each in candidates if abs(len(each) - len(wanted)) <= max(3, len(wanted) // 3)]
        if close := difflib.get_close_matches(wanted, sorted(alike), n=_MOST_SHOWN, cutoff=_CLOSE):
            return close
    return []


def _found_names(client: Client, name: str) -> Iterator[str]:
    beginning = re.split(r"-", name)[0][: max(2, len(name) // 2)]
    found = client.search(beginning, words_in=("name",), limit=_MOST_HITS)
    return (each.name for each in found.hits)


def _listed_names(client: Client, _name: str) -> Iterator[str]:
    return client.projects(largest=LARGEST_LIST)
