"""The values that the fields of core metadata have, and fields that came with a later version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pypi_protocol.metadata import FIELDS

FieldValues = Mapping[str, Sequence[str]]
"""The values of each field that has any, by its name in forms; a single-use field has one."""

UNKNOWN: Final = "UNKNOWN"
"""What distutils and old versions of setuptools wrote for an unknown value; it counts as absent."""


LABELS: Final = {field.form_name: field.label for field in FIELDS}


def without_newer(
    values: Mapping[str, list[str]], metadata_version: str | None
) -> tuple[dict[str, list[str]], list[str]]:
    """
    Return the values of fields that *metadata_version* has, and a sentence for each that was left out.

    ``None`` is a version that is not known: nothing is left out.
    """
    newer = [
        each
        for each in FIELDS
        if metadata_version and each.form_name in values and not each.is_known_to(metadata_version)
    ]
    names = {each.form_name for each in newer}
    return {name: found for name, found in values.items() if name not in names}, [
        f"{each.label} was introduced in metadata version {each.since}, and the metadata is of version "
        f"{metadata_version}: it is ignored."
        for each in newer
    ]


def single(values: FieldValues, form_name: str) -> str:
    """Return the value of a single-use field, empty where it is absent."""
    return next(iter(values.get(form_name, ())), "")


def without_nul(value: str) -> str:
    """Return *value* as it can be stored: PostgreSQL cannot store NUL."""
    return value.replace("\0", "\ufffd")
