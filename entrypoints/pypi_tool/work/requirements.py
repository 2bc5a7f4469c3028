"""Projects and versions as a person names them on the command line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pypi_terminal.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.requirements import Requirement


class NamedRelease(NamedTuple):
    """A release, and the files of it that are named, none where all of it is meant."""

    name: str
    version: str
    filenames: Sequence[str]

    @property
    def parts(self) -> Sequence[str]:
        """What is meant, in words: each file, or the release."""
        return self.filenames or [f"{self.name}=={self.version}"]


def parse_requirement(text: str) -> Requirement:
    """
    Read a project's name with or without version specifiers.

    Raises:
        UsageError: It is none, or more than can be meant here.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"{text!r} is not a project: write NAME, NAME==VERSION or 'NAME>=1,<2' (in quotes)."
        ) from error
    if requirement.url or requirement.marker or requirement.extras:
        raise UsageError(
            f"{text!r}: extras, markers and URLs cannot be given here. Write {requirement.name!r}."
        )
    return requirement


def parse_name(text: str) -> str:
    """
    Read a project's name.

    Raises:
        UsageError: It is none, or says which version too.
    """
    requirement = parse_requirement(text)
    if requirement.specifier:
        raise UsageError(f"{text!r}: versions cannot be given here. Write {requirement.name!r}.")
    return requirement.name


def parse_one_version(text: str, version: str | None = None) -> tuple[str, str]:
    """
    Read ``NAME==VERSION``, or a name whose *version* is a word of its own.

    Raises:
        UsageError: It is something else.
    """
    name, pinned = parse_pinned(text, version)
    if pinned is None:
        raise UsageError(f"{text!r} has no version: write {name}==VERSION.")
    return name, pinned


def parse_pinned(text: str, version: str | None = None) -> tuple[str, str | None]:
    """
    Read ``NAME``, ``NAME==VERSION`` or ``NAME@VERSION``, or a name whose *version* is a word of its own.

    Raises:
        UsageError: It is something else.
    """
    named, at, pinned = text.partition("@")
    if at and is_version(pinned):
        text = f"{named}=={pinned}"
    requirement = parse_requirement(text)
    specifiers = list(requirement.specifier)
    if version is not None:
        if specifiers or not is_version(version):
            raise UsageError(
                f"{text!r} {version!r} does not name one version: write {requirement.name}==VERSION."
            )
        return requirement.name, version
    if not specifiers:
        return requirement.name, None
    only = specifiers[0]
    if len(specifiers) > 1 or only.operator not in {"==", "==="} or only.version.endswith("*"):
        raise UsageError(f"{text!r} does not name one version: write {requirement.name}==VERSION.")
    return requirement.name, only.version


def parse_release_files(text: str, words: Sequence[str]) -> NamedRelease:
    """
    Read a release and the files of it that are named: ``NAME==VERSION FILE…``.

    The version may be a word of its own, and a file may stand for its release.

    Raises:
        UsageError: No one release is named, or a file of another one.
    """
    from pypi_api_client.filenames import name_and_version

    if name_and_version(text):
        text, words = _release_of(text), [text, *words]
    elif words and is_version(words[0]):
        name, version = parse_one_version(text, words[0])
        text, words = f"{name}=={version}", words[1:]
    elif words and name_and_version(words[0]) and parse_pinned(text)[1] is None:
        text = f"{text}=={_release_of(words[0]).partition('==')[2]}"
    name, version = parse_one_version(text)
    release = name_and_version(f"{name}-{version}.tar.gz")
    for each in words:
        if release and name_and_version(each) not in {None, release}:
            raise UsageError(f"{each} is a file of {_release_of(each)}, not of {name}=={version}.")
    return NamedRelease(name, version, words)


def check_no_lone_versions(words: Sequence[str]) -> None:
    """
    Refuse a version that is a word of its own, where every word names a project.

    Raises:
        UsageError: There is one.
    """
    for name, word in pairwise(words):
        if is_version(word):
            raise UsageError(f"{word!r} is a version: write {name}=={word}.")


def is_version(text: str) -> bool:
    """Return whether a word is a version (PEP 440)."""
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _release_of(filename: str) -> str:
    """Return ``NAME==VERSION`` of a file whose name follows the standards, normalised; else the name."""
    from pypi_api_client.filenames import name_and_version

    found = name_and_version(filename)
    return f"{found[0]}=={found[1]}" if found else filename
