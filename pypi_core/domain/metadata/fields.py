"""The values that the fields of core metadata have, and fields that came with a later version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pypi_protocol.metadata import FIELDS, Field

FieldValues = Mapping[str, Sequence[str]]
"""The values of each field that has any, by its name in forms; a single-use field has one."""

UNKNOWN: Final = "UNKNOWN"
"""What distutils and old versions of setuptools wrote for an unknown value; it counts as absent."""


LABELS: Final = {field.form_name: field.label for field in FIELDS}


def newer_fields(values: FieldValues, metadata_version: str) -> list[Field]:
    """Return the fields among *values* that *metadata_version* does not have yet."""
    return [each for each in FIELDS if each.form_name in values and not each.is_known_to(metadata_version)]


def newer_warning(field: Field, metadata_version: str) -> str:
    """Return the sentence for the uploader about a field that was left out."""
    return (
        f"{field.label} was introduced in metadata version {field.since}, and the metadata is of version "
        f"{metadata_version}: it is ignored."
    )


def single(values: FieldValues, form_name: str) -> str:
    """Return the value of a single-use field, empty where it is absent."""
    return next(iter(values.get(form_name, ())), "")
