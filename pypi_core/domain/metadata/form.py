"""The metadata part of an upload form (STANDARDS 2.2), which is read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pypi_core.domain.metadata.checking import declared_version, field_problems
from pypi_core.domain.metadata.fields import FIELDS, UNKNOWN, Field, FieldValues, single
from pypi_core.domain.rules import UploadRules
from pypi_core.errors import Problem

FormFields = Mapping[str, Sequence[str]]
"""The text parts of a form: field name to the values of its parts, in their order."""

# `setup.py upload` always says so, whatever fields it sends.
_SAYS_NOTHING = "1.0"
# Build tools wrote it into metadata of older versions for years, and uv sends what stands in the archive.
_WRITTEN_EARLY = frozenset({"license_file"})


class FormMetadata(NamedTuple):
    """The values of the form's metadata fields, and everything that is wrong with them."""

    values: FieldValues
    problems: list[Problem]

    def single(self, form_name: str) -> str:
        """Return the value of a single-use field, empty where it is absent."""
        return single(self.values, form_name)


def form_metadata(fields: FormFields, rules: UploadRules) -> FormMetadata:
    """
    Read the metadata fields of a form and hold them against every rule; others are ignored.

    A field may be called as in the form of old or, if it can be repeated, in the plural.  A field that the
    metadata version does not have is a problem; only License-File is ignored then, as in an archive.
    """
    values: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for field in FIELDS:
        if found := _values(field, fields):
            values[field.form_name] = found[:1] if not field.is_multiple else found
        if len(found) > 1 and not field.is_multiple:
            problems.append(repeated(field.form_name, len(found)))
    for field in _newer_fields(values):
        if field.form_name in _WRITTEN_EARLY:
            del values[field.form_name]
        else:
            problems.append(_too_new(field, values))
    return FormMetadata(values, [*problems, *field_problems(values, rules)])


def repeated(form_name: str, count: int) -> Problem:
    """Return the problem that a field which is used once has *count* values."""
    return Problem(form_name, f"The form has {count} values for {form_name}: send one.")


def without_nul(value: str) -> str:
    """Return *value* as it can be stored: PostgreSQL cannot store NUL."""
    return value.replace("\0", "\ufffd")


def _values(field: Field, fields: FormFields) -> list[str]:
    names = (field.form_name,) if field.key == field.form_name else (field.form_name, field.key)
    found = [without_nul(value) for name in names for value in fields.get(name, ())]
    given = [value for value in found if value.strip() not in {"", UNKNOWN}]
    if field.form_name == "keywords" and given:
        # `setup.py upload` sends each as a part of its own.
        return [",".join(given)]
    # Two values of which one is empty are two all the same.
    return given if field.is_multiple or len(found) < 2 else found


def _newer_fields(values: FieldValues) -> list[Field]:
    """Return the fields among *values* that the metadata version does not have."""
    version = declared_version(values)
    if version is None or version == _SAYS_NOTHING:
        return []
    return [each for each in FIELDS if each.form_name in values and not each.is_known_to(version)]


def _too_new(field: Field, values: FieldValues) -> Problem:
    return Problem(
        field.form_name,
        f"{field.label} introduced in metadata version {field.since}, not {declared_version(values)}: leave "
        "it out, or build the file with a current tool.",
    )
