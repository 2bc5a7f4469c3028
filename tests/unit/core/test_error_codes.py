"""The codes of errors are words of the protocol, whatever the classes are called."""

from __future__ import annotations

from collections.abc import Iterator

from pypi_core.errors import PackageIndexError
from pypi_protocol.errors import ErrorFamily


def test_the_codes_of_errors_are_the_words_of_the_protocol() -> None:
    words = sorted(word for family in ErrorFamily for word in family.words)

    assert sorted(each.code for each in _subclasses(PackageIndexError)) == words


def _subclasses(error: type[PackageIndexError]) -> Iterator[type[PackageIndexError]]:
    for each in error.__subclasses__():
        yield each
        yield from _subclasses(each)
