"""The fields of core metadata: how headers and forms call them, and with which version each came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

METADATA_VERSIONS: Final = ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6")

FieldValues = Mapping[str, Sequence[str]]
"""The values of each field that has any, by its name in forms; a single-use field has one."""

UNKNOWN: Final = "UNKNOWN"
"""What distutils and setuptools of old wrote where they knew nothing; it counts as absent."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """
    A field of core metadata.

    Args:
        label: Its header, ``License-File``.
        form_name: What forms call it, ``license_file``.
        key: What `CoreMetadata` calls it, ``license_files``; forms may say that as well.
        since: The metadata version that introduced it.
        is_multiple: Whether it may be given several times.
    """

    label: str
    form_name: str
    key: str
    since: str
    is_multiple: bool

    def is_known_to(self, metadata_version: str) -> bool:
        """Whether the field is one of *metadata_version*, which is one of `METADATA_VERSIONS`."""
        return METADATA_VERSIONS.index(self.since) <= METADATA_VERSIONS.index(metadata_version)


def _field(label: str, since: str) -> Field:
    name = label.lower().replace("-", "_")
    return Field(label=label, form_name=name, key=name, since=since, is_multiple=False)


def _fields(label: str, since: str, *, form_name: str = "", key: str = "") -> Field:
    name = label.lower().replace("-", "_")
    return Field(
        label=label, form_name=form_name or name, key=key or form_name or name, since=since, is_multiple=True
    )


FIELDS: Final = (
    _field("Metadata-Version", "1.0"),
    _field("Name", "1.0"),
    _field("Version", "1.0"),
    _fields("Platform", "1.0", key="platforms"),
    _field("Summary", "1.0"),
    _field("Description", "1.0"),
    _field("Keywords", "1.0"),
    _field("Home-page", "1.0"),
    _field("Author", "1.0"),
    _field("Author-email", "1.0"),
    _field("License", "1.0"),
    _fields("Supported-Platform", "1.1", key="supported_platforms"),
    _field("Download-URL", "1.1"),
    _fields("Classifier", "1.1", form_name="classifiers"),
    _fields("Requires", "1.1"),
    _fields("Provides", "1.1"),
    _fields("Obsoletes", "1.1"),
    _field("Maintainer", "1.2"),
    _field("Maintainer-email", "1.2"),
    _fields("Requires-Dist", "1.2"),
    _fields("Provides-Dist", "1.2"),
    _fields("Obsoletes-Dist", "1.2"),
    _field("Requires-Python", "1.2"),
    _fields("Requires-External", "1.2"),
    _fields("Project-URL", "1.2", form_name="project_urls"),
    _field("Description-Content-Type", "2.1"),
    _fields("Provides-Extra", "2.1"),
    _fields("Dynamic", "2.2"),
    _field("License-Expression", "2.4"),
    _fields("License-File", "2.4", key="license_files"),
    _fields("Import-Name", "2.5", key="import_names"),
    _fields("Import-Namespace", "2.5", key="import_namespaces"),
)

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
