"""All words of a project in one set: each with a letter before it that says in which field it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from pypi_core.ports.search import SearchDocument, SearchField
from pypi_search.documents import KEY, MODULES, labels_of, words_by_field

LETTERS: Final = {
    SearchField.NAME: "n",
    KEY: "x",
    MODULES: "i",
    SearchField.KEYWORDS: "k",
    SearchField.SUMMARY: "s",
    SearchField.DESCRIPTION: "d",
    SearchField.AUTHOR: "a",
    SearchField.MAINTAINER: "m",
    SearchField.LICENSE: "l",
}
_LABEL: Final = "t"


def tagged_words_of(document: SearchDocument) -> list[str]:
    """Return the words of all fields, and a word for each label."""
    words = {
        LETTERS[field] + word for field, of_field in words_by_field(document).items() for word in of_field
    }
    return sorted(words | {_LABEL + token_of(each) for each in labels_of(document)})


def tagged(places: Iterable[str], word: str) -> list[str]:
    """Return *word* as it is in each of *places*."""
    return [LETTERS[each] + word for each in places]


def tagged_label(label: str) -> str:
    """Return the word of a label."""
    return _LABEL + token_of(label)


def token_of(label: str) -> str:
    """Return a word that stands for a label."""
    return hashlib.blake2b(label.encode(), digest_size=8).hexdigest()
