"""What an index has of a project, as far as it fits a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from packaging.utils import (
    BuildTag,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from pypi_api_client import Client
from pypi_api_client.errors import NotFound
from pypi_api_client.models import FileKind, RemoteFile, quarantine_of
from pypi_resolution.target import Target
from pypi_resolution.wanted import Wanted

_SDIST_ENDINGS = (".tar.gz", ".zip")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A file that fits; ``rank`` is that of its best tag, the number of all tags for an sdist."""

    project: NormalizedName
    version: Version
    file: RemoteFile
    rank: int
    build: BuildTag = ()


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an index has of a project.

    ``excluded`` names versions without any file that fits, and why; ``is_known`` whether
    the index has the project at all; ``quarantine`` says that it is
    quarantined, if it is.
    """

    offers: tuple[Offer, ...] = ()
    excluded: dict[Version, str] = msgspec.field(default_factory=dict)
    is_known: bool = True
    quarantine: str = ""


class _Excluded(Exception):
    """A file does not fit."""

    def __init__(self, version: Version, reason: str) -> None:
        self.version, self.reason = version, reason


class Offers:
    """Reads the page of each project once and keeps what of it fits *target*; *note* receives oddities."""

    def __init__(
        self,
        client: Client,
        wanted: Wanted,
        target: Target,
        kinds: Iterable[FileKind],
        note: Callable[[str], None],
    ) -> None:
        self._client = client
        self._note = note
        self._wanted = wanted
        self._target = target
        self._kinds = frozenset(kinds)
        self._listings: dict[NormalizedName, Listing] = {}

    def of(self, name: NormalizedName) -> Listing:
        """Return what the index has of a project; of one that it does not have, nothing."""
        if name not in self._listings:
            self._listings[name] = self._read(name)
        return self._listings[name]

    def _read(self, name: NormalizedName) -> Listing:
        try:
            page = self._client.project_page(name)
        except NotFound:
            return Listing(is_known=False)
        for each in page.warnings:
            self._note(each)
        offers: list[Offer] = []
        excluded: dict[Version, str] = {}
        kinds = self._kinds_of(name)
        for file in page.files:
            try:
                offer = self._offer(name, file, kinds)
            except _Excluded as error:
                excluded[error.version] = error.reason
            else:
                offers += [offer] if offer else []
        for offer in offers:
            excluded.pop(offer.version, None)
        return Listing(
            offers=tuple(offers),
            excluded=excluded,
            quarantine=quarantine_of(name, page.status, page.status_reason),
        )

    def _kinds_of(self, name: NormalizedName) -> frozenset[FileKind]:
        only_sdists = self._wanted.kinds.is_first(name)
        if only_sdists is None:
            return self._kinds
        return self._kinds & {FileKind.SDIST if only_sdists else FileKind.WHEEL}

    def _offer(self, name: NormalizedName, file: RemoteFile, kinds: frozenset[FileKind]) -> Offer | None:
        """Return what *file* offers; nothing if it is not a distribution of the project."""
        ranks = self._target.ranks
        if file.kind is FileKind.WHEEL:
            try:
                project, version, build, tags = parse_wheel_filename(file.filename)
            except (InvalidWheelFilename, ValueError):
                return None
            if project != name:
                return None
            rank = min((ranks[each] for each in tags if each in ranks), default=None)
        elif (found := sdist_version(file.filename, name)) is not None:
            version, build, rank = found, (), len(ranks)
        else:
            return None
        if file.kind not in kinds:
            raise _Excluded(version, "has only files of a kind that is not wanted")
        if rank is None:
            raise _Excluded(version, f"has no wheel for {self._target}")
        if not self._target.takes_python(file.requires_python):
            raise _Excluded(version, f"needs Python {file.requires_python}")
        return Offer(project=name, version=version, file=file, rank=rank, build=build)


def sdist_version(filename: str, name: NormalizedName) -> Version | None:
    """Return the version in the name of an sdist of the project *name*; ``None`` if it is not one."""
    ending = next((each for each in _SDIST_ENDINGS if filename.endswith(each)), None)
    if ending is None:
        return None
    stem = filename.removesuffix(ending)
    # Names in old spellings have dashes, and so have post-releases: the project's name tells where it ends.
    for position, character in enumerate(stem):
        if character == "-" and canonicalize_name(stem[:position]) == name:
            try:
                return Version(stem[position + 1 :])
            except (InvalidVersion, ValueError):
                return None
    return None
