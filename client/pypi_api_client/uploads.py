"""Upload sessions: the files of one release on their way, visible all at once or never."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from pypi_api_client.archives import LocalDistribution
from pypi_api_client.errors import InvalidDistribution
from pypi_api_client.models import Uploaded
from pypi_api_client.problems import Problem
from pypi_api_client.records import Documentation

DOCUMENTATION_ZIP: Final = "documentation.zip"
"""What the documentation is called in an upload session."""


class FileToUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that will be sent: its own name, its size in bytes, its digest in hex."""

    filename: str
    size: int
    sha256: str


class UploadingFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an upload session, of which *received* bytes have arrived; the others go to *url*."""

    filename: str
    size: int
    sha256: str
    received: int
    url: str


class UploadSession(msgspec.Struct, frozen=True, kw_only=True):
    """
    An upload session.

    ``session`` is its name: whoever has it and may upload can go on with it.  ``state`` is
    ``open``, ``completed``, ``published`` or ``cancelled``; ``expires`` is when one that was not
    published is given up.  ``problems`` are what the last look at the files found.
    """

    session: str
    state: str
    project: str
    version: str
    expires: datetime
    files: tuple[UploadingFile, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    def file(self, filename: str) -> UploadingFile:
        """
        Return the file of this name.

        Raises:
            KeyError: The session has none.
        """
        for each in self.files:
            if each.filename == filename:
                return each
        raise KeyError(filename)


def announced(distributions: Iterable[LocalDistribution]) -> tuple[FileToUpload, ...]:
    """Return what an index is told of files before their bytes."""
    return tuple(
        FileToUpload(filename=each.filename, size=each.size, sha256=each.digests["sha256"])
        for each in distributions
    )


class PublishedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of the files of a release, in their order.

    ``at_once`` says whether the index made them visible in one step; others take file by file.
    ``documentation`` is what was sent with them.
    """

    files: tuple[Uploaded, ...]
    at_once: bool
    warnings: tuple[str, ...] = ()
    documentation: Documentation | None = None


class LocalRelease(msgspec.Struct, frozen=True, kw_only=True):
    """Wheels and sdists on this machine that are of one release."""

    project: str
    version: str
    distributions: tuple[LocalDistribution, ...]

    @classmethod
    def of(cls, distributions: Sequence[LocalDistribution]) -> LocalRelease:
        """
        Return the release that they are of, named as the first spells it.

        Raises:
            InvalidDistribution: There are none, two of one name, or they are of several releases.
        """
        if not distributions:
            raise InvalidDistribution("There is no file to publish.")
        first = distributions[0]
        for each in distributions:
            if each.release != first.release:
                raise InvalidDistribution(
                    f"{each.filename} and {first.filename} are of two releases: publish one after the other."
                )
        if len({each.filename for each in distributions}) < len(distributions):
            raise InvalidDistribution("Two files have the same name.")
        raw = first.metadata
        return cls(project=raw["name"], version=raw["version"], distributions=tuple(distributions))


class BegunRelease(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is to be done to publish a release.

    ``settled`` are the files that the index has, by their names; the others are ``missing`` and go
    to ``session``, which is ``None`` if there are none.
    """

    settled: dict[str, Uploaded]
    missing: tuple[LocalDistribution, ...]
    session: UploadSession | None
