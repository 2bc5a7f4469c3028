"""Core metadata as read from an archive's METADATA or PKG-INFO: the truth about a file."""

from __future__ import annotations

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import Version

from pypi_core.domain.metadata.checking import declared_version, field_problems
from pypi_core.domain.metadata.fields import FieldValues, single, without_newer
from pypi_core.domain.metadata.headers import read_headers
from pypi_core.domain.metadata.licenses import canonical_expression
from pypi_core.domain.metadata.problems import listed
from pypi_core.domain.metadata.project_urls import split_project_url
from pypi_core.domain.metadata.texts import content_type_problems
from pypi_core.domain.names import DisplayName, parse_display_name
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.versions import parse_version
from pypi_core.errors import InvalidMetadata
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import FIELDS, CoreMetadata


class DistributionMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself; ``warnings`` are sentences about what was let pass."""

    name: DisplayName
    version: Version
    core: CoreMetadata
    warnings: tuple[str, ...] = ()


def parse_metadata(content: bytes, rules: UploadRules) -> DistributionMetadata:
    """
    Read the bytes of a METADATA or PKG-INFO file and check them against every rule.

    Lenient where respectable packages break the letter of the specification
    (docs/reference/standards/metadata.md#reading): unknown
    headers are ignored, values equal to ``UNKNOWN`` count as absent, and so do, with a
    warning, fields that are newer than the metadata version.
    """
    headers = read_headers(content)
    values, newer = without_newer(headers.values, declared_version(headers.values))
    problems = _repeated(values)
    if headers.body.strip():
        if "description" in values:
            # Most often because of a value of several lines that is not indented.
            why = " ".join(
                [
                    "The metadata has a Description as a header and as the body: keep one.",
                    *headers.warnings,
                ]
            )
            problems.append(Problem("description", why))
        values["description"] = [headers.body]
    problems += field_problems(values, rules)
    if problems:
        raise InvalidMetadata(*listed(problems))
    return DistributionMetadata(
        name=parse_display_name(single(values, "name")),
        version=parse_version(single(values, "version")),
        core=_core_metadata(values),
        warnings=(*headers.warnings, *newer),
    )


def description_of(content: bytes) -> tuple[str, str]:
    """
    Return description and content type of metadata that `parse_metadata` refuses.

    Both are empty where it cannot be told which description there is, or what it is.
    """
    try:
        headers = read_headers(content)
    except InvalidMetadata:
        return "", ""
    values, body = headers.values, headers.body.strip() and headers.body
    texts = [*values.get("description", ()), *([body] if body else [])]
    types = values.get("description_content_type", [""])
    if len(texts) != 1 or len(types) != 1 or (types[0] and any(content_type_problems(types[0]))):
        return "", ""
    return texts[0], types[0]


def _repeated(values: FieldValues) -> list[Problem]:
    return [
        Problem(
            field.form_name,
            f"The metadata has {len(values[field.form_name])} values for {field.label}: keep one.",
        )
        for field in FIELDS
        if not field.is_multiple and len(values.get(field.form_name, ())) > 1
    ]


def _core_metadata(values: FieldValues) -> CoreMetadata:
    """Return *values*, which were found right, as what is stored."""
    stored: dict[str, object] = {
        field.key: list(values[field.form_name]) if field.is_multiple else single(values, field.form_name)
        for field in FIELDS
        if field.form_name in values and field.key in CoreMetadata.__struct_fields__
    }
    stored["metadata_version"] = declared_version(values)
    stored["keywords"] = [each.strip() for each in single(values, "keywords").split(",") if each.strip()]
    stored["project_urls"] = dict(map(split_project_url, values.get("project_urls", ())))
    stored["provides_extra"] = list(dict.fromkeys(map(canonicalize_name, values.get("provides_extra", ()))))
    if expression := single(values, "license_expression"):
        stored["license_expression"] = canonical_expression(expression)
    return msgspec.convert(stored, CoreMetadata)
