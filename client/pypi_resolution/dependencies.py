"""What a distribution depends on, read without building anything."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from pypi_api_client import Client
from pypi_api_client.archives import read_metadata
from pypi_api_client.errors import InvalidDistribution, NotFound
from pypi_api_client.models import FileKind, RemoteFile
from pypi_resolution.errors import MetadataUnknown
from pypi_resolution.offers import Offer

# PEP 643: from here on an sdist's metadata hold, but for the fields that it names itself.
_FIRST_RELIABLE = (2, 2)
_DECIDING = {"requires-dist", "provides-extra", "requires-python"}


class Dependencies(msgspec.Struct, frozen=True, kw_only=True):
    """What the metadata of a distribution say; ``content`` are the metadata themselves."""

    requirements: tuple[Requirement, ...]
    extras: frozenset[NormalizedName]
    requires_python: str | None
    content: bytes


class UnusableMetadata(Exception):
    """The metadata of a file contradict its name, or cannot be read; installers pass it over."""


class DependencyReader:
    """Reads each file's metadata once: those beside it, else those in it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._read: dict[str, Dependencies | UnusableMetadata] = {}

    def of(self, offer: Offer) -> Dependencies:
        """
        Return what the file of *offer* depends on.

        Raises:
            UnusableMetadata: They are not what they should be: another file may be better.
            MetadataUnknown: Only building it would tell.
        """
        url = offer.file.url
        if url not in self._read:
            try:
                self._read[url] = self._parse(offer)
            except UnusableMetadata as error:
                self._read[url] = error
        found = self._read[url]
        if isinstance(found, UnusableMetadata):
            raise found
        return found

    def content_of(self, offer: Offer) -> bytes | None:
        """Return the metadata that were read of the file of *offer*, if any were."""
        found = self._read.get(offer.file.url)
        return found.content if isinstance(found, Dependencies) else None

    def _parse(self, offer: Offer) -> Dependencies:
        content = self._content(offer.file)
        raw, _unknown = parse_email(content)
        filename = offer.file.filename
        if offer.file.kind is FileKind.SDIST:
            _check_reliable(filename, raw.get("metadata_version", ""), raw.get("dynamic", []))
        try:
            if canonicalize_name(raw.get("name", "")) != offer.project:
                raise UnusableMetadata(f"the metadata of {filename} name another project")
            if Version(raw.get("version", "")) != offer.version:
                raise UnusableMetadata(f"the metadata of {filename} name another version")
            requirements = tuple(Requirement(each.strip()) for each in raw.get("requires_dist", []))
        except (InvalidVersion, InvalidRequirement) as error:
            raise UnusableMetadata(f"the metadata of {filename} cannot be read: {error}") from error
        return Dependencies(
            requirements=requirements,
            extras=frozenset(canonicalize_name(each) for each in raw.get("provides_extra", [])),
            requires_python=raw.get("requires_python"),
            content=content,
        )

    def _content(self, file: RemoteFile) -> bytes:
        if file.kind is FileKind.WHEEL and file.core_metadata is not False:
            try:
                return self._client.metadata(file)
            except NotFound:
                # The index promised them; the wheel has them too.
                pass
        try:
            found = self._client.metadata_in_wheel(file) if file.kind is FileKind.WHEEL else None
            if found is not None:
                return found
            with tempfile.TemporaryDirectory() as folder:
                return read_metadata(self._client.download(file, Path(folder)).path)
        except InvalidDistribution as error:
            raise UnusableMetadata(str(error)) from error


def _check_reliable(filename: str, metadata_version: str, dynamic: list[str]) -> None:
    numbers = metadata_version.split(".")
    version = tuple(int(each) for each in numbers if each.isdecimal() and len(each) < 9)
    open_fields = sorted(_DECIDING & {each.strip().lower() for each in dynamic})
    if version >= _FIRST_RELIABLE and not open_fields:
        return
    why = (
        f"it leaves {' and '.join(open_fields)} open"
        if open_fields and version >= _FIRST_RELIABLE
        else f"its metadata are of version {metadata_version or 'unknown'}, which promises nothing"
    )
    raise MetadataUnknown(
        f"What {filename} depends on can only be told by building it, as {why}; nothing is built here. "
        "Take wheels alone (--wheel), name another version, or do without dependencies (--no-deps)."
    )
