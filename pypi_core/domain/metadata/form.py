"""The metadata part of an upload form (docs/reference/standards/upload-form.md#fields)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pypi_core.domain.metadata.checking import declared_version, field_problems
from pypi_core.domain.metadata.fields import UNKNOWN, FieldValues, single, without_newer, without_nul
from pypi_core.domain.rules import UploadRules
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import FIELDS, Field

FormFields = Mapping[str, Sequence[str]]
"""The text parts of a form: field name to the values of its parts, in their order."""

# `setup.py upload` always says so, whatever fields it sends.
_SAYS_NOTHING = "1.0"


class FormMetadata(NamedTuple):
    """The values of the form's metadata fields, everything that is wrong with them, and what was left out."""

    values: FieldValues
    problems: list[Problem]
    warnings: tuple[str, ...] = ()

    def single(self, form_name: str) -> str:
        """Return the value of a single-use field, empty where it is absent."""
        return single(self.values, form_name)


def form_metadata(fields: FormFields, rules: UploadRules) -> FormMetadata:
    """
    Read the metadata fields of a form and check them against every rule; others are ignored.

    A field may be called as in the legacy form or, if it can be repeated, in the plural.  A field that is
    newer than the metadata version is left out with a warning, as in an archive: build tools wrote some
    early, and uploaders send what the archive has.
    """
    values: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for field in FIELDS:
        if found := _values(field, fields):
            values[field.form_name] = found[:1] if not field.is_multiple else found
        if len(found) > 1 and not field.is_multiple:
            problems.append(repeated(field.form_name, len(found)))
    version = declared_version(values)
    kept, warnings = without_newer(values, None if version == _SAYS_NOTHING else version)
    return FormMetadata(kept, [*problems, *field_problems(kept, rules)], tuple(warnings))


def repeated(form_name: str, count: int) -> Problem:
    """Return the problem that a field which is used once has *count* values."""
    return Problem(form_name, f"The form has {count} values for {form_name}: send one.")


def _values(field: Field, fields: FormFields) -> list[str]:
    names = (field.form_name,) if field.key == field.form_name else (field.form_name, field.key)
    found = [without_nul(value) for name in names for value in fields.get(name, ())]
    given = [value for value in found if value.strip() not in {"", UNKNOWN}]
    if field.form_name == "keywords" and given:
        # `setup.py upload` sends each as a part of its own.
        return [",".join(given)]
    # Two values of which one is empty are two all the same.
    return given if field.is_multiple or len(found) < 2 else found
