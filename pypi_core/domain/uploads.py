"""The form of the legacy upload API, read into one value (docs/reference/standards/upload-form.md#fields)."""

from __future__ import annotations

import msgspec
from packaging.version import Version

from pypi_core.domain.digests import ClaimedDigests, parse_claimed_digests
from pypi_core.domain.filenames import FileType, check_characters, filetype_of
from pypi_core.domain.metadata import DistributionMetadata, same_requirements, same_specifiers
from pypi_core.domain.metadata.fields import UNKNOWN, without_nul
from pypi_core.domain.metadata.form import FormFields, form_metadata, repeated
from pypi_core.domain.metadata.problems import listed
from pypi_core.domain.names import DisplayName, normalize, parse_display_name
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.versions import parse_version, release_key
from pypi_core.errors import InvalidForm, InvalidMetadata, shown
from pypi_protocol.errors import Problem


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """
    One file as its uploader describes it.

    What the form says of the metadata is a claim; the archive's own METADATA decides.  ``warnings``
    are sentences for the uploader about what was left out.
    """

    filename: str
    filetype: FileType
    name: DisplayName
    version: Version
    digests: ClaimedDigests
    python_version: str
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    comment: str = ""
    warnings: tuple[str, ...] = ()

    def check_agreement(self, actual: DistributionMetadata) -> None:
        """Compare the form with the archive, each field only where the form has it."""
        problems = [
            Problem(
                field,
                f"The form says {label} is {shown(claimed, 300)}, the archive {shown(found, 300)}: "
                "upload the file as built.",
            )
            for field, label, claimed, found, agrees in (
                ("name", "Name", self.name, actual.name, normalize(self.name) == normalize(actual.name)),
                (
                    "version",
                    "Version",
                    str(self.version),
                    str(actual.version),
                    release_key(self.version) == release_key(actual.version),
                ),
                (
                    "requires_python",
                    "Requires-Python",
                    self.requires_python,
                    actual.core.requires_python,
                    not self.requires_python
                    or same_specifiers(self.requires_python, actual.core.requires_python),
                ),
                (
                    "requires_dist",
                    "Requires-Dist",
                    ", ".join(self.requires_dist),
                    ", ".join(actual.core.requires_dist),
                    not self.requires_dist
                    or same_requirements(self.requires_dist, actual.core.requires_dist),
                ),
            )
            if not agrees
        ]
        if problems:
            raise InvalidMetadata(*problems)


def parse_upload(
    fields: FormFields, filename: str | None, content_type: str | None, rules: UploadRules
) -> Upload:
    """
    Read an upload form and check it against every rule for forms.

    *filename* and *content_type* are those of the ``content`` part; no *filename* means
    that the part is missing, no *content_type* that it has none, which is accepted.

    Raises:
        InvalidForm: With every problem found, in the order in which uploaders are told.
        InvalidFilename: The file's name could not be stored.
    """
    form = _Form(fields)
    form.expect("protocol_version", one_of=("1",), default="1")
    filetype = form.expect("filetype", one_of=tuple(FileType))
    digests = form.digests()
    python_version = form.python_version(filetype)
    comment = form.single("comment")
    form.refuse_attestations()
    metadata = form_metadata(fields, rules)
    problems = [*form.problems, *metadata.problems]
    if filename is None:
        problems.append(
            Problem("content", "Upload payload does not have a file: send it as the part 'content'.")
        )
    if problems or digests is None or filename is None:
        raise InvalidForm(*listed(problems))
    _check_content(filename, content_type, filetype)
    return Upload(
        filename=filename,
        filetype=FileType(filetype),
        name=parse_display_name(metadata.single("name")),
        version=parse_version(metadata.single("version")),
        digests=digests,
        python_version=python_version,
        requires_python=metadata.single("requires_python"),
        requires_dist=tuple(metadata.values.get("requires_dist", ())),
        comment=comment,
        warnings=metadata.warnings,
    )


def check_form_metadata(fields: FormFields, rules: UploadRules) -> None:
    """
    Check the metadata part of a form against the rules that `parse_upload` checks it against.

    Raises:
        InvalidForm: With every problem found, in the order in which uploaders are told.
    """
    if problems := form_metadata(fields, rules).problems:
        raise InvalidForm(*listed(problems))


def _check_content(filename: str, content_type: str | None, filetype: str) -> None:
    check_characters(filename)
    if filetype_of(filename) != filetype:
        raise InvalidForm(
            Problem(
                "filetype", f"The invalid file extension of {filename!r} does not fit filetype {filetype}."
            )
        )
    if content_type is not None and (not content_type.strip() or content_type.strip().startswith("image/")):
        raise InvalidForm(
            Problem("content", "The file part has an invalid content type: send application/octet-stream.")
        )


class _Form:
    """Reads what a form says besides metadata, field by field, and collects what is wrong with it."""

    def __init__(self, fields: FormFields) -> None:
        self._fields = fields
        self.problems: list[Problem] = []

    def single(self, field: str) -> str:
        values = self._fields.get(field, ())
        if len(values) > 1:
            self.problems.append(repeated(field, len(values)))
        value = values[0] if values else ""
        return "" if value.strip() == UNKNOWN else without_nul(value)

    def expect(self, field: str, *, one_of: tuple[str, ...], default: str = "") -> str:
        value = self.single(field) or default
        if value not in one_of:
            allowed = " or ".join(one_of)
            self.problems.append(
                Problem(field, f"{shown(value)} is an invalid value for {field}: use {allowed}.")
            )
        return value

    def refuse_attestations(self) -> None:
        # PEP 740: an index lists no attestation that it has not verified.
        if any(self._fields.get("attestations", ())):
            self.problems.append(
                Problem(
                    "attestations",
                    "Attestations are not verified by this index yet: upload without them, with the "
                    "option --no-attestations.",
                )
            )

    def digests(self) -> ClaimedDigests | None:
        try:
            return parse_claimed_digests(
                md5=self.single("md5_digest"),
                sha256=self.single("sha256_digest"),
                blake2_256=self.single("blake2_256_digest"),
            )
        except InvalidForm as error:
            self.problems.extend(error.problems)
            return None

    def python_version(self, filetype: str) -> str:
        value = self.single("pyversion").strip()
        if filetype == FileType.WHEEL:
            if not value:
                self.problems.append(
                    Problem(
                        "pyversion",
                        "Python version is required for binary distribution uploads: send pyversion.",
                    )
                )
            return value
        if filetype == FileType.SDIST and value not in {"", "source"}:
            self.problems.append(Problem("pyversion", "Use 'source' as Python version for an sdist."))
        return "source"
