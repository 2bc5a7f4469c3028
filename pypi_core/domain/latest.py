"""Which release a project is shown by."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pypi_core.domain.entities import File, Release, ReleaseId


def latest_release(releases: Sequence[Release], files: Collection[File]) -> Release | None:
    """
    Return the release to show: one not yanked first, then a final one, then the highest.

    A release counts as yanked when it is yanked or every file of it is.
    """
    offered: set[ReleaseId] = {each.release_id for each in files if each.yank is None}
    with_files: set[ReleaseId] = {each.release_id for each in files}

    def rank(release: Release) -> tuple[bool, bool, object]:
        yanked = release.yank is not None or (release.id in with_files and release.id not in offered)
        return (not yanked, not release.version.is_prerelease, release.version)

    return max(releases, key=rank, default=None)
