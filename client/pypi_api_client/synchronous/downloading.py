"""What brings files here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from pypi_api_client.errors import ClientError
from pypi_api_client.integrity import LARGEST_FILE, check_filename, is_good_copy
from pypi_api_client.models import Downloaded, DownloadOutcome, RemoteFile
from pypi_api_client.protocol import downloads
from pypi_api_client.protocol.wheel_metadata import metadata_by_ranges
from pypi_api_client.saving import Saving
from pypi_api_client.streams import Progress
from pypi_api_client.synchronous.conversation import Conversation


class Downloading(Conversation):
    """The methods that read files and what belongs to them."""

    def metadata(self, file: RemoteFile) -> bytes:
        """
        Read the core metadata of a wheel without the wheel (PEP 658), verified by the digest listed.

        Raises:
            NotFound: The index does not offer them.
            BadDownload: They are not what the index lists.
        """
        return self._run(downloads.metadata(file))

    def metadata_in_wheel(self, file: RemoteFile) -> bytes | None:
        """
        Read the core metadata in a wheel by asking for the parts of it that have them.

        Returns nothing where the server sends no parts.  No digest proves what was read: give it to
        `download` as *metadata*, which compares.

        Raises:
            InvalidDistribution: The wheel has no metadata that can be read.
        """
        return self._run(metadata_by_ranges(file))

    def provenance(self, file: RemoteFile) -> dict[str, Any]:
        """
        Read a file's provenance object (PEP 740); nothing in it is verified.

        Raises:
            NotFound: There is none.
        """
        return self._run(downloads.provenance(file))

    def download(
        self,
        file: RemoteFile,
        folder: Path,
        *,
        metadata: bytes | None = None,
        hashes: Collection[str] = (),
        progress: Progress | None = None,
        largest: int = LARGEST_FILE,
    ) -> Downloaded:
        """
        Store a file in *folder*, which is created where it is missing.

        The file appears there whole and verified by size and strongest digest, or not at all.  One
        that is there already with the digest listed is left alone.  A wheel whose own metadata
        differ from *metadata* is refused; so is a file that lacks one of *hashes*, each as
        ``algorithm:hex``, for an algorithm that is named among them, and one of more than *largest*
        bytes where no size is listed.

        Raises:
            BadDownload: What arrived is not what the index lists, or not what is demanded.
            UnsafeFilename: The file's name would leave the folder.
            InvalidAddress: The file's URL is plain http to another machine.
        """
        path = folder / check_filename(file.filename)
        if is_good_copy(path, file, hashes):
            return Downloaded(path=path, was_there=True)
        with Saving(
            file, folder, metadata=metadata, hashes=hashes, progress=progress, largest=largest
        ) as saving:
            self._run(downloads.download(saving, file.url))
        return Downloaded(path=path, was_there=False)

    def download_all(self, files: Iterable[RemoteFile], folder: Path) -> tuple[DownloadOutcome, ...]:
        """
        Store files in *folder*, one after the other, and tell of each in their order.

        One that fails does not keep the others from being stored.
        """
        return tuple(self._downloaded(each, folder) for each in files)

    def _downloaded(self, file: RemoteFile, folder: Path) -> DownloadOutcome:
        try:
            return DownloadOutcome(file=file, downloaded=self.download(file, folder))
        except (ClientError, OSError) as error:
            return DownloadOutcome(file=file, error=error)
