"""Indexes of a server: their names and their settings."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NewType

import msgspec

from pypi_core.domain.rules import PUBLIC, UploadRules, check_rules
from pypi_core.errors import InvalidSetting, shown
from pypi_protocol.errors import Problem

IndexName = NewType("IndexName", str)
"""The name of an index, as it stands in ``/i/<name>/``."""

DEFAULT_INDEX = IndexName("pypi")
"""The index that is served at the root."""

_VALID = re.compile(r"[a-z][a-z0-9-]{0,62}\Z", re.ASCII)


_LONGEST_SESSION = 365


class Reading(StrEnum):
    """Who may read an index."""

    PUBLIC = "public"
    PRIVATE = "private"


class NewProjects(StrEnum):
    """Who may create projects on an index."""

    ACCOUNTS = "accounts"
    ADMINISTRATORS = "administrators"


class RemoteImages(StrEnum):
    """What becomes of images in descriptions that other hosts serve."""

    SHOWN = "shown"
    HIDDEN = "hidden"


class IndexSettings(msgspec.Struct, frozen=True, kw_only=True):
    """
    How one index behaves.

    ``largest_file`` and ``largest_project``, all files of it together, are in bytes; ``rules``
    are for what is uploaded.  After ``upload_session_days`` an upload session that nobody
    published is given up.  ``remote_images`` is ``None`` where it follows from ``reading``.
    """

    title: str = "Package index"
    reading: Reading = Reading.PUBLIC
    new_projects: NewProjects = NewProjects.ACCOUNTS
    largest_file: int = 1024 * 1024 * 1024
    largest_project: int | None = None
    upload_session_days: int = 7
    rules: UploadRules = PUBLIC
    remote_images: RemoteImages | None = None

    @property
    def is_private(self) -> bool:
        """Return whether shared caches must not keep what is read here."""
        return self.reading is Reading.PRIVATE

    @property
    def shows_remote_images(self) -> bool:
        """
        Return whether pages load the images of descriptions from other hosts.

        These learn who reads what, so that a private index does not unless it is told to.
        """
        if self.remote_images is None:
            return not self.is_private
        return self.remote_images is RemoteImages.SHOWN


class IndexRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An index as it is stored; ``settings_version`` grows with each change of its settings."""

    name: IndexName
    settings: IndexSettings
    settings_version: int = 1


def parse_index_name(raw: str) -> IndexName:
    """Read the name of an index: lower-case letters, digits and ``-``, a letter first."""
    if not _VALID.match(raw):
        raise InvalidSetting(
            Problem(
                "name",
                f"{shown(raw)} is not an index name: use up to 63 lower-case letters, digits and '-', "
                "a letter first.",
            )
        )
    return IndexName(raw)


def check_settings(settings: IndexSettings) -> None:
    """Accept the settings of an index."""
    problems = []
    if not 1 <= len(settings.title) <= 100:
        problems.append(Problem("title", "Use a title of 1 to 100 characters."))
    if settings.largest_file < 1:
        problems.append(Problem("largest_file", "The largest file has at least one byte."))
    if settings.largest_project is not None and settings.largest_project < 1:
        problems.append(Problem("largest_project", "The largest project has at least one byte."))
    if not 1 <= settings.upload_session_days <= _LONGEST_SESSION:
        problems.append(
            Problem("upload_session_days", f"An upload session lives for 1 to {_LONGEST_SESSION} days.")
        )
    problems += check_rules(settings.rules)
    if problems:
        raise InvalidSetting(*problems)
