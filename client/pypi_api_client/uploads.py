"""Upload sessions: the files of one release on their way, visible all at once or never."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from pypi_api_client.archives import LocalDistribution
from pypi_api_client.errors import InvalidDistribution
from pypi_api_client.models import Uploaded
from pypi_protocol.records.documentation import DocumentationDescription
from pypi_protocol.records.uploads import FileToUpload, UploadDescription

DOCUMENTATION_ZIP: Final = "documentation.zip"
"""What the documentation is called in an upload session."""


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
    documentation: DocumentationDescription | None = None


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
    session: UploadDescription | None
