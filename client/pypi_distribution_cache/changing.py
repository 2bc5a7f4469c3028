"""Putting distributions into a cache and taking them out."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from packaging.utils import canonicalize_name

from pypi_api_client.archives import LocalDistribution, read_distribution, read_metadata
from pypi_api_client.errors import InvalidDistribution
from pypi_api_client.filenames import name_and_version
from pypi_api_client.integrity import check_filename, is_device_name
from pypi_api_client.models import FileKind, RemoteFile
from pypi_distribution_cache.catalogue import CachedFile, encode_catalogue
from pypi_distribution_cache.errors import OtherContent
from pypi_distribution_cache.layout import Layout, write_if_changed, write_whole
from pypi_distribution_cache.pages import pages_of


class Change:
    """
    A change of a cache by the one process that may change it.

    Files are stored before the catalogue names them and deleted after it names them no more.
    """

    def __init__(self, layout: Layout, files: Iterable[CachedFile]) -> None:
        self._layout = layout
        self._files = {each.filename: each for each in files}
        self._removed: list[CachedFile] = []

    def bring(self, file: RemoteFile, fetch: Callable[[Path], object]) -> bool:
        """
        Put in a file of an index; *fetch* stores it, verified, in the folder it is given.

        Return whether it was there already.

        Raises:
            OtherContent: There is another file of this name.
            InvalidDistribution: What came is neither a wheel nor an sdist.
        """
        before = self._files.get(check_filename(file.filename))
        if before and self._is_there(before):
            self._require_same(before, file.hashes.get("sha256", before.sha256))
            return True
        fetch(self._layout.files)
        try:
            self._record(read_distribution(self._layout.file(file.filename)), file)
        except InvalidDistribution:
            self._layout.file(file.filename).unlink()
            raise
        return False

    def take(self, path: Path) -> bool:
        """
        Put in a wheel or sdist of this machine; return whether it was there already.

        Raises:
            OtherContent: There is another file of this name.
            InvalidDistribution: It is neither a wheel nor an sdist.
        """
        distribution = read_distribution(path)
        check_filename(distribution.filename)
        before = self._files.get(distribution.filename)
        if before and self._is_there(before):
            self._require_same(before, distribution.digests["sha256"])
            return True
        _name_and_version(distribution)
        stored = self._layout.file(distribution.filename)
        if path.resolve() != stored.resolve():
            temporary = stored.with_name(f".{stored.name}.part")
            try:
                shutil.copyfile(path, temporary)
                temporary.replace(stored)
            finally:
                temporary.unlink(missing_ok=True)
        self._record(distribution, None)
        return False

    def remove(self, files: Iterable[CachedFile]) -> None:
        """Take files out."""
        for each in files:
            if self._files.pop(each.filename, None):
                self._removed.append(each)

    def finish(self) -> None:
        """Write the catalogue and the pages, then delete what was taken out."""
        write_if_changed(self._layout.catalogue, encode_catalogue(self._files.values()))
        pages = pages_of(self._files.values())
        # The list of projects last: it names pages that are there.
        for path, content in sorted(pages.items(), key=lambda each: -len(each[0].parts)):
            write_if_changed(self._layout.simple / path, content)
        for project in {each.project for each in self._removed} - {
            each.project for each in self._files.values()
        }:
            shutil.rmtree(self._layout.simple / project, ignore_errors=True)
        for each in self._removed:
            self._layout.metadata(each.filename).unlink(missing_ok=True)
            self._layout.file(each.filename).unlink(missing_ok=True)
        self._removed.clear()

    def _record(self, distribution: LocalDistribution, origin: RemoteFile | None) -> None:
        project, version = _name_and_version(distribution)
        stored = self._layout.file(distribution.filename)
        metadata_sha256 = None
        if distribution.kind is FileKind.WHEEL:
            metadata = read_metadata(stored)
            write_whole(self._layout.metadata(distribution.filename), metadata)
            metadata_sha256 = hashlib.sha256(metadata).hexdigest()
        raw = distribution.metadata
        self._files[distribution.filename] = CachedFile(
            filename=distribution.filename,
            project=project,
            version=version,
            size=distribution.size,
            sha256=distribution.digests["sha256"],
            metadata_sha256=metadata_sha256,
            summary=" ".join(raw.get("summary", "").split()),
            requires_python=(origin.requires_python if origin else None) or raw.get("requires_python"),
            upload_time=origin.upload_time if origin else None,
            yanked=origin.yanked if origin else False,
            source=origin.url if origin else "",
        )

    def _is_there(self, file: CachedFile) -> bool:
        """Return whether a file is where the catalogue says; one that was lost can be brought again."""
        path = self._layout.file(file.filename)
        return path.is_file() and path.stat().st_size == file.size

    def _require_same(self, before: CachedFile, sha256: str) -> None:
        if before.sha256 != sha256.lower():
            raise OtherContent(
                f"{self._layout.folder} has another {before.filename}: its SHA-256 is {before.sha256}, not "
                f"{sha256}. Remove that one first, if this is the right one."
            )


def _name_and_version(distribution: LocalDistribution) -> tuple[str, str]:
    """
    Return the normalised name and the version in a file's name.

    Raises:
        InvalidDistribution: The name follows no standard, or names another project than the metadata.
    """
    filename = distribution.filename
    found = name_and_version(filename)
    if found is None:
        raise InvalidDistribution(
            f"{filename} is not the name of a wheel or sdist: it does not say project and version."
        )
    name, version = found
    if canonicalize_name(distribution.metadata["name"]) != name:
        raise InvalidDistribution(f"{filename} has the metadata of {distribution.metadata['name']}.")
    if os.name == "nt" and is_device_name(name):
        raise InvalidDistribution(
            f"Windows cannot have a folder {name!r}, which a cache needs for {filename}."
        )
    return name, str(version)
