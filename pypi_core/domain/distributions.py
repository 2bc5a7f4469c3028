"""A distribution inspected whole: file name, archive, metadata and description seen together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import BinaryIO, TypeVar

import msgspec

from pypi_core.domain.archives.contents import ArchiveContents
from pypi_core.domain.archives.reading import read_archive
from pypi_core.domain.descriptions import RenderDescriptionText
from pypi_core.domain.digests import ClaimedDigests, Digests
from pypi_core.domain.filenames import (
    DistributionFilename,
    FileType,
    parse_filename,
)
from pypi_core.domain.metadata import (
    CoreMetadata,
    DistributionMetadata,
    description_of,
    parse_metadata,
)
from pypi_core.domain.names import escaped, normalize
from pypi_core.domain.new_filenames import check_new_filename, filename_warnings
from pypi_core.domain.rules import LENIENT, UploadRules
from pypi_core.domain.uploads import Upload
from pypi_core.domain.versions import release_key
from pypi_core.errors import Invalid, InvalidArchive, InvalidFilename, InvalidMetadata, shown, united
from pypi_protocol.errors import Problem

T = TypeVar("T")


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file that may be published.

    Args:
        filename: Its name, taken apart.
        metadata: What its METADATA or PKG-INFO say.
        metadata_file: The same, to the byte.
        description_html: The description, rendered and sanitised.
        sboms: Software bills of materials in a wheel (PEP 770), below ``.dist-info/sboms/``.
        modules: What a wheel lets one import.
        warnings: Sentences for the uploader about what is accepted.
    """

    filename: DistributionFilename
    metadata: DistributionMetadata
    metadata_file: bytes
    description_html: str
    sboms: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def metadata_sha256(self) -> str | None:
        """The digest of the metadata as served beside a wheel (PEP 658), ``None`` for an sdist."""
        if self.filename.filetype is FileType.SDIST:
            return None
        return hashlib.sha256(self.metadata_file).hexdigest()


def inspect_distribution(
    filename: str, archive: BinaryIO, rules: UploadRules, render: RenderDescriptionText
) -> Distribution:
    """
    Read a wheel or sdist to its end and check it against every rule for new files.

    The one function that server and tools share.  *archive* is seekable; nothing is
    extracted, memory is bounded.

    Raises:
        Invalid: With every problem found; of the class of the first one.
        InvalidFilename: The file name is not valid, or not the one this distribution must have.
        InvalidArchive: The bytes are no such archive, or none that is safe.
        InvalidMetadata: What it says of itself breaks a rule.
    """
    parsed = parse_filename(filename)
    findings = _Findings()
    if not parsed.text.endswith(".tar.gz"):
        findings.collect(lambda: check_new_filename(parsed, rules))
    if parsed.text.endswith(".zip"):
        raise findings.united()
    contents = findings.collect(lambda: read_archive(parsed, archive, rules))
    if contents is None:
        raise findings.united()
    if contents.problems:
        findings.add(InvalidArchive(*contents.problems))
    metadata = findings.collect(lambda: parse_metadata(contents.metadata_file, rules))
    if metadata is None:
        findings.collect(lambda: _check_description(contents.metadata_file, rules, render))
        raise findings.united()
    findings.collect(lambda: _check_name(parsed, metadata, rules))
    findings.collect(lambda: _check_license_files(metadata.core, contents))
    description_html = findings.collect(lambda: _rendered(metadata.core, rules, render))
    if findings.errors:
        raise findings.united()
    return Distribution(
        filename=parsed,
        metadata=metadata,
        metadata_file=contents.metadata_file,
        description_html=description_html or "",
        sboms=contents.sboms,
        modules=contents.modules,
        warnings=(*filename_warnings(parsed), *contents.warnings, *metadata.warnings),
    )


def inspect_metadata(
    content: bytes, rules: UploadRules, render: RenderDescriptionText
) -> tuple[DistributionMetadata, str]:
    """
    Check the bytes of a METADATA file, without an archive, against every rule for new files.

    Return what they say, and the description rendered; raise `InvalidMetadata` with every problem found.
    """
    findings = _Findings()
    metadata = findings.collect(lambda: parse_metadata(content, rules))
    if metadata is None:
        findings.collect(lambda: _check_description(content, rules, render))
        raise findings.united()
    return metadata, _rendered(metadata.core, rules, render)


def describe_upload(filename: str, archive: BinaryIO, digests: Digests) -> Upload:
    """
    Say of a file what its uploader would, from its own archive: for programs that publish by themselves.

    Raises:
        Invalid: The file is not an archive, or does not describe itself.
    """
    parsed = parse_filename(filename)
    metadata = parse_metadata(read_archive(parsed, archive, LENIENT).metadata_file, LENIENT)
    return Upload(
        filename=filename,
        filetype=parsed.filetype,
        name=metadata.name,
        version=metadata.version,
        digests=ClaimedDigests(sha256=digests.sha256, blake2_256=digests.blake2_256),
        python_version=parsed.python_version,
    )


class _Findings:
    """Collects what several checks refuse."""

    def __init__(self) -> None:
        self.errors: list[Invalid] = []

    def add(self, error: Invalid) -> None:
        self.errors.append(error)

    def collect(self, check: Callable[[], T]) -> T | None:
        """Return what *check* gives, ``None`` where it refuses."""
        try:
            return check()
        except Invalid as error:
            self.errors.append(error)
            return None

    def united(self) -> Invalid:
        """Return one error that names everything, of the class of the first."""
        return united(self.errors)


def _check_name(filename: DistributionFilename, metadata: DistributionMetadata, rules: UploadRules) -> None:
    name = normalize(metadata.name)
    said = f"its metadata say {metadata.name} {metadata.version}"
    if filename.filetype is FileType.SDIST and not rules.allow_unnormalized_filenames:
        # PEP 625: of each version there is one name, and only the metadata tell it for sure.
        expected = f"{escaped(name)}-{metadata.version}.tar.gz"
        if filename.text != expected:
            raise _misnamed(f"The file name should be {expected!r}, not {filename.text!r}: {said}")
    elif filename.name != name or release_key(filename.version) != release_key(metadata.version):
        raise _misnamed(f"The file name {filename.text!r} says {filename.name} {filename.version}, {said}")


def _misnamed(sentence: str) -> InvalidFilename:
    return InvalidFilename(Problem("content", f"{sentence}. Rebuild it with a current tool."))


def _check_license_files(core: CoreMetadata, contents: ArchiveContents) -> None:
    missing = [each for each in core.license_files if each not in contents.license_paths]
    if missing:
        listed = ", ".join(shown(each) for each in missing[:_MOST_LISTED])
        more = f" and {len(missing) - _MOST_LISTED} more" if len(missing) > _MOST_LISTED else ""
        raise InvalidMetadata(
            Problem(
                "license_file",
                f"License-File names {listed}{more}, which the archive lacks: build it anew.",
            )
        )


def _check_description(content: bytes, rules: UploadRules, render: RenderDescriptionText) -> None:
    """Say of the description of metadata that breaks other rules what would be said of it anyway."""
    description, content_type = description_of(content)
    _rendered(CoreMetadata(description=description, description_content_type=content_type), rules, render)


def _rendered(core: CoreMetadata, rules: UploadRules, render: RenderDescriptionText) -> str:
    rendered = render(core.description, core.description_content_type)
    if rendered.problem and not rules.allow_unrenderable_descriptions:
        raise InvalidMetadata(_description_problem(core, rendered.problem))
    return rendered.html


def _description_problem(core: CoreMetadata, reason: str) -> Problem:
    kind = core.description_content_type or "reStructuredText (as no Description-Content-Type is given)"
    return Problem(
        "description",
        f"The description failed to render as {kind}: {reason.rstrip('.')}. Mend it, or say what it is in "
        "Description-Content-Type; `twine check` shows the same.",
    )


# As many missing licence files as a sentence names.
_MOST_LISTED = 5
