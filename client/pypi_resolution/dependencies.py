"""What a distribution depends on, as its metadata says or, where that leaves it open, its build back end."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from pypi_api_client import Client
from pypi_api_client.archives import read_metadata
from pypi_api_client.errors import InvalidDistribution, NotFound
from pypi_api_client.models import FileKind, RemoteFile
from pypi_resolution.building import BuildMetadata
from pypi_resolution.errors import MetadataUnknown
from pypi_resolution.offers import Offer

# PEP 643: from here on an sdist's metadata hold, but for the fields that it names itself.
_FIRST_RELIABLE = (2, 2)
_MOST_REQUIREMENTS = 10_000
# Python reads no number of more than 4,300 digits.
_LONGEST = 4000
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
    """
    Reads each file's metadata once: those beside it, else those in it.

    *build* is asked for the metadata of sdists whose own metadata leave open what they depend on; without
    it nothing of an sdist is run.
    """

    def __init__(self, client: Client, build: BuildMetadata | None = None) -> None:
        self._client = client
        self._build = build
        self._read: dict[str, Dependencies | UnusableMetadata] = {}

    def of(self, offer: Offer) -> Dependencies:
        """
        Return what the file of *offer* depends on.

        Raises:
            UnusableMetadata: They are not what they should be: another file may be better.
            MetadataUnknown: Only its back end can say, and may not be run.
            BuildFailed: Its back end was run and failed.
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
        try:
            if canonicalize_name(raw.get("name", "")) != offer.project:
                raise UnusableMetadata(f"the metadata of {filename} names another project")
            if Version(raw.get("version", "")) != offer.version:
                raise UnusableMetadata(f"the metadata of {filename} names another version")
            requirements = tuple(map(_requirement, raw.get("requires_dist", [])[: _MOST_REQUIREMENTS + 1]))
        except (ValueError, RecursionError) as error:
            # Of whatever size or depth: others wrote them.
            why = " ".join(str(error).split())[:300]
            raise UnusableMetadata(f"the metadata of {filename} cannot be read: {why}") from error
        if len(requirements) > _MOST_REQUIREMENTS:
            raise UnusableMetadata(f"{filename} depends on more than {_MOST_REQUIREMENTS} things")
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
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                path = self._client.download(file, Path(folder)).path
                content = read_metadata(path)
                if file.kind is FileKind.WHEEL or not (why := _why_unreliable(content)):
                    return content
                built = self._build(path) if self._build else None
                if built is None:
                    raise MetadataUnknown(
                        f"Only the code of {file.filename} can say what it depends on, as {why}. Run that "
                        "code with --build, take wheels alone (--wheel), name another version, or do without "
                        "dependencies (--no-deps)."
                    )
                return built
        except InvalidDistribution as error:
            raise UnusableMetadata(str(error)) from error


def _why_unreliable(content: bytes) -> str:
    """Return why an sdist's metadata do not say what it depends on, or nothing if they do (PEP 643)."""
    raw, _unknown = parse_email(content)
    numbers = raw.get("metadata_version", "").split(".")
    version = tuple(int(each) for each in numbers if each.isdecimal() and len(each) < 9)
    if version < _FIRST_RELIABLE:
        return (
            f"its metadata is of version {raw.get('metadata_version') or 'unknown'}, which promises nothing"
        )
    open_fields = sorted(_DECIDING & {each.strip().lower() for each in raw.get("dynamic", [])})
    return f"its metadata leaves {' and '.join(open_fields)} open" if open_fields else ""


def _requirement(text: str) -> Requirement:
    if len(text) > _LONGEST:
        raise ValueError(f"{text[:40]!r}… has more than {_LONGEST} characters")
    return Requirement(text.strip())
