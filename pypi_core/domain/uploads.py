"""The form of the legacy upload API (STANDARDS 2.2), read into one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from pypi_core.domain.digests import ClaimedDigests, parse_claimed_digests
from pypi_core.domain.filenames import FileType, check_characters, filetype_of
from pypi_core.domain.metadata import DistributionMetadata, canonical_requirement
from pypi_core.domain.names import DisplayName, normalize, parse_display_name
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.versions import parse_version, release_key
from pypi_core.errors import Invalid, InvalidForm, InvalidMetadata, Problem, shown

T = TypeVar("T")

FormFields = Mapping[str, Sequence[str]]
"""The text parts of a form: field name to the values of its parts, in their order."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """
    One file as its uploader describes it.

    What the form says of the metadata is a claim; the archive's own METADATA decides.
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

    def check_agreement(self, actual: DistributionMetadata) -> None:
        """
        Compare the form with the archive, each field only where the form has it.

        Raises:
            InvalidMetadata: Naming every field in which they differ.
        """
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
                    or SpecifierSet(self.requires_python) == SpecifierSet(actual.core.requires_python),
                ),
                (
                    "requires_dist",
                    "Requires-Dist",
                    ", ".join(self.requires_dist),
                    ", ".join(actual.core.requires_dist),
                    not self.requires_dist
                    or _same_requirements(self.requires_dist, actual.core.requires_dist),
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
    Read an upload form.

    *filename* and *content_type* are those of the ``content`` part; no *filename* means
    that the part is missing, no *content_type* that it has none, which is accepted.

    Raises:
        InvalidForm: With every problem found, in the order of STANDARDS 2.3.
        InvalidFilename: The file's name could not be stored.
    """
    form = _Form(fields)
    form.expect("protocol_version", one_of=("1",), default="1")
    form.required("metadata_version")
    name = form.parsed("name", parse_display_name)
    version = form.parsed("version", parse_version)
    filetype = form.expect("filetype", one_of=tuple(FileType))
    digests = form.digests()
    requires_python = form.requires_python()
    requires_dist = form.requirements()
    python_version = form.python_version(filetype)
    comment = form.single("comment")
    for field in _OTHER_SINGLE_FIELDS:
        form.single(field)
    if filename is None:
        form.problems.append(
            Problem("content", "Upload payload does not have a file: send it as the part 'content'.")
        )
    if form.problems or name is None or version is None or digests is None or filename is None:
        raise InvalidForm(*form.problems)
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
    return Upload(
        filename=filename,
        filetype=FileType(filetype),
        name=name,
        version=version,
        digests=digests,
        python_version=python_version,
        requires_python=requires_python,
        requires_dist=requires_dist,
        comment=comment,
    )


# Read from the archive, but a form that has one of them twice is broken.  `setup.py upload`
# repeats `keywords`, which is why it is not here.
_OTHER_SINGLE_FIELDS = (
    "summary",
    "description",
    "description_content_type",
    "home_page",
    "download_url",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "license",
    "license_expression",
)


class _Form:
    """Reads fields one by one and collects what is wrong with them."""

    def __init__(self, fields: FormFields) -> None:
        self._fields = fields
        self.problems: list[Problem] = []

    def single(self, field: str) -> str:
        values = self._fields.get(field, ())
        if len(values) > 1:
            self.problems.append(Problem(field, f"The form has {len(values)} values for {field}: send one."))
        value = values[0] if values else ""
        # distutils of old sent UNKNOWN for what it did not know; PostgreSQL cannot store NUL.
        return "" if value.strip() == "UNKNOWN" else value.replace("\0", "\ufffd")

    def required(self, field: str) -> str:
        value = self.single(field)
        if not value.strip():
            self.problems.append(Problem(field, f"{field}: This field is required."))
        return value

    def expect(self, field: str, *, one_of: tuple[str, ...], default: str = "") -> str:
        value = self.single(field) or default
        if value not in one_of:
            allowed = " or ".join(one_of)
            self.problems.append(
                Problem(field, f"{shown(value)} is an invalid value for {field}: use {allowed}.")
            )
        return value

    def parsed(self, field: str, parse: Callable[[str], T]) -> T | None:
        value = self.required(field)
        if not value.strip():
            return None
        try:
            return parse(value)
        except Invalid as error:
            self.problems.extend(error.problems)
            return None

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

    def requires_python(self) -> str:
        value = self.single("requires_python")
        try:
            SpecifierSet(value)
        except InvalidSpecifier:
            self.problems.append(
                Problem("requires_python", f"{shown(value)} is an invalid value for Requires-Python.")
            )
            return ""
        return value

    def requirements(self) -> tuple[str, ...]:
        values = tuple(each for each in self._fields.get("requires_dist", ()) if each.strip())
        for each in values:
            try:
                canonical_requirement(each)
            except InvalidMetadata as error:
                self.problems.extend(error.problems)
        return values

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


def _same_requirements(claimed: tuple[str, ...], found: tuple[str, ...]) -> bool:
    return {canonical_requirement(each) for each in claimed} == {
        canonical_requirement(each) for each in found
    }
