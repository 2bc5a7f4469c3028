"""
Core metadata 1.0-2.6: its fields, how headers and forms call them, and the record of their values.

See docs/reference/standards/metadata.md#versions.
"""

from __future__ import annotations

from typing import Final

import msgspec

METADATA_VERSIONS: Final = ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6")


class CoreMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The descriptive part of core metadata 1.0-2.6, as text; absent fields are empty."""

    metadata_version: str = "1.0"
    summary: str = ""
    description: str = ""
    description_content_type: str = ""
    keywords: tuple[str, ...] = ()
    author: str = ""
    author_email: str = ""
    maintainer: str = ""
    maintainer_email: str = ""
    license: str = ""
    license_expression: str = ""
    license_files: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    supported_platforms: tuple[str, ...] = ()
    home_page: str = ""
    download_url: str = ""
    project_urls: dict[str, str] = msgspec.field(default_factory=dict)
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    requires_external: tuple[str, ...] = ()
    provides_dist: tuple[str, ...] = ()
    obsoletes_dist: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    obsoletes: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    import_namespaces: tuple[str, ...] = ()


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
