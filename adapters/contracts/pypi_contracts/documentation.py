"""Documentation for tests: ZIPs that hold all rules, the same bytes for the same pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from damage.damaged_zips import (
    with_archive_comment,
    with_data_descriptors,
    with_entry_comment,
    with_names_equal_but_for_case,
    with_names_equal_but_for_composition,
)
from pypi_contracts.sdist_backend import zip_members

HARMLESS: Final = frozenset(
    damage.__name__
    for damage in (
        with_archive_comment,
        with_data_descriptors,
        with_entry_comment,
        with_names_equal_but_for_case,
        with_names_equal_but_for_composition,
    )
)
"""Which damages to a wheel are none to documentation, which is served and not unpacked."""


def build_documentation(pages: Mapping[str, bytes | str] | None = None, **texts: str) -> bytes:
    """
    Return a ZIP with *pages*, and a front page where they have none; *texts* are pages in HTML.

    ``build_documentation(index="Hello")`` has one page, ``index.html``.
    """
    members = {f"{name}.html": f"<!DOCTYPE html><p>{text}</p>".encode() for name, text in texts.items()}
    for path, content in (pages or {}).items():
        members[path] = content.encode() if isinstance(content, str) else content
    members.setdefault("index.html", b"<!DOCTYPE html><p>Documentation</p>")
    return zip_members(list(members.items()))
