"""The codes of errors are words of the protocol, whatever the classes are called."""

from __future__ import annotations

from collections.abc import Iterator

from pypi_core.errors import PackageIndexError

# Clients compare these words: one is added with an error, and none is ever changed.
WORDS = """
    account-already-exists account-not-found blob-not-found budget-spent concurrent-change conflict
    digest-mismatch documentation-not-found documentation-upload-not-found file-already-exists
    file-not-found file-too-large filename-previously-used files-incomplete forbidden gone
    index-already-exists index-not-found invalid invalid-archive invalid-credentials
    invalid-documentation invalid-filename invalid-form invalid-metadata invalid-name invalid-setting
    invalid-version last-owner longer-than-declared metadata-not-found not-allowed not-found only-owner
    password-not-accepted project-already-exists project-closed project-not-found project-too-large
    registration-closed release-closed release-has-files release-not-found role-not-found second-sdist
    staged-content-not-found stored-content-damaged token-not-found too-large too-many
    too-many-upload-sessions unauthenticated unavailable upload-incomplete upload-session-closed
    upload-session-exists upload-session-not-found wrong-offset
"""


def test_the_codes_of_errors_stay_the_same_when_classes_are_renamed() -> None:
    assert sorted(each.code for each in _subclasses(PackageIndexError)) == WORDS.split()


def _subclasses(error: type[PackageIndexError]) -> Iterator[type[PackageIndexError]]:
    for each in error.__subclasses__():
        yield each
        yield from _subclasses(each)
