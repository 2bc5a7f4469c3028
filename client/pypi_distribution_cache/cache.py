"""A cache of distributions: looking into it and changing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from packaging.utils import canonicalize_name

from pypi_api_client.models import RemoteFile
from pypi_distribution_cache.catalogue import CachedFile, encode_catalogue, read_catalogue
from pypi_distribution_cache.changing import Change
from pypi_distribution_cache.errors import FolderInUse, NoCache
from pypi_distribution_cache.layout import Layout, write_whole
from pypi_distribution_cache.pages import pages_of


class DistributionCache:
    """
    A cache in a folder.

    Whatever happens while it is changed, it can be read: pages name files that are there whole.

    Attributes:
        layout: Where what is.
    """

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder)

    @classmethod
    def create(cls, folder: Path) -> DistributionCache:
        """
        Make a cache of a folder that is not there or empty.

        Raises:
            FolderInUse: It holds something.
        """
        cls.require_free(folder)
        cache = cls(folder)
        cache.layout.files.mkdir(parents=True)
        for path, content in pages_of(()).items():
            write_whole(cache.layout.simple / path, content)
        # Last: what has it is a cache.
        write_whole(cache.layout.catalogue, encode_catalogue(()))
        return cache

    @classmethod
    def require_free(cls, folder: Path) -> None:
        """Refuse, with `FolderInUse`, a folder that cannot be made a cache."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            is_cache = Layout(folder).catalogue.exists()
            what = "is a cache already: add to it" if is_cache else "holds something else: empty it"
            raise FolderInUse(f"{folder} {what}, or name another folder.")

    @classmethod
    def open(cls, folder: Path) -> DistributionCache:
        """
        Return the cache in a folder.

        Raises:
            NoCache: The folder is not a cache.
        """
        cache = cls(folder)
        cache.files()
        return cache

    def files(self) -> tuple[CachedFile, ...]:
        """
        Return what is in it, by project and name.

        Raises:
            NoCache: The catalogue cannot be read.
        """
        return read_catalogue(self.layout.catalogue).files

    def project(self, name: str) -> tuple[CachedFile, ...]:
        """Return the files of a project, in whatever spelling; none if it is not there."""
        normalized = canonicalize_name(name)
        return tuple(each for each in self.files() if each.project == normalized)

    def search(self, words: str) -> tuple[CachedFile, ...]:
        """Return the files whose project's name or summary has every word."""
        wanted = words.casefold().split()
        return tuple(
            each
            for each in self.files()
            if all(word in f"{each.project} {each.summary}".casefold() for word in wanted)
        )

    def holds(self, file: RemoteFile) -> bool:
        """Return whether it has a file of this name whose digest is not another than the one listed."""
        digest = file.hashes.get("sha256", "").lower()
        return any(each.filename == file.filename and digest in {"", each.sha256} for each in self.files())

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """
        Change it; what was done until an error is kept.

        Raises:
            FolderInUse: Another process is changing it.
            NoCache: It is gone.
        """
        with self._locked():
            change = Change(self.layout, self.files())
            try:
                yield change
            finally:
                change.finish()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The lock would make the folder.
        if not self.layout.folder.is_dir():
            raise NoCache(f"There is no folder {self.layout.folder}.")
        try:
            with FileLock(self.layout.lock, blocking=False):
                yield
        except Timeout as error:
            raise FolderInUse(
                f"Another process is changing {self.layout.folder}: wait until it has ended."
            ) from error
