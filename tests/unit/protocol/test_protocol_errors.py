"""The codes and words of errors: those of the protocol, whatever the core calls its classes."""

from __future__ import annotations

from collections.abc import Iterator

from pypi_core import errors
from pypi_jsonrpc_api.refusals import FAMILIES
from pypi_protocol.errors import ErrorFamily


def tree(error: type[errors.PackageIndexError]) -> Iterator[type[errors.PackageIndexError]]:
    yield error
    for each in error.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from tree(each)


def test_every_error_of_the_core_has_a_word_of_its_family() -> None:
    # Who renames a class changes no word that programs know.
    words = {FAMILIES[family]: [each.code for each in tree(family)] for family in FAMILIES}

    assert words == {family: [*family.words] for family in ErrorFamily}


def test_a_word_belongs_to_one_family() -> None:
    words = [word for family in ErrorFamily for word in family.words]

    assert len(set(words)) == len(words)


def test_codes_differ_and_are_not_reserved_by_json_rpc() -> None:
    codes = [each.code for each in ErrorFamily]

    assert len(set(codes)) == len(codes)
    assert min(codes) > 0
