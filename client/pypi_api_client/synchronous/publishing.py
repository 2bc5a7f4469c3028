"""What adds files to an index."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pypi_api_client.archives import digests_of, read_distribution
from pypi_api_client.errors import ClientError
from pypi_api_client.models import Documentation, Uploaded, UploadOutcome
from pypi_api_client.protocol.documentation import delete_documentation, upload_documentation
from pypi_api_client.protocol.upload import upload
from pypi_api_client.synchronous.conversation import Conversation
from pypi_api_client.synchronous.driver import Progress


class Publishing(Conversation):
    """The methods that send files."""

    def upload(
        self, path: Path, *, skip_existing: bool = False, progress: Progress | None = None
    ) -> Uploaded:
        """
        Publish a wheel or sdist; its metadata are read from the archive.

        The very same file being there already is a success.  With *skip_existing* so is another
        file of the same name.

        Raises:
            InvalidDistribution: *path* is no readable wheel or sdist.
            FileAlreadyExists: Another file of this name is there.
            RedirectRefused: The index wants the file sent elsewhere.
        """
        distribution = read_distribution(path)
        return self._run(upload(self._index, distribution, skip_existing=skip_existing), progress)

    def upload_documentation(
        self, project: str, version: str, path: Path, *, progress: Progress | None = None
    ) -> Documentation:
        """
        Publish the documentation of a version: a ZIP with ``index.html`` at its top level.

        What was shown before is shown until all of it is unpacked.

        Raises:
            InvalidRequest: Something in the ZIP is not as it has to be; every problem is told.
            NotSpoken: The index keeps no documentation.
        """
        size, digests = digests_of(path)
        exchange = upload_documentation(
            self._index, project, version, path, size=size, sha256=digests["sha256"]
        )
        return self._run(exchange, progress)

    def delete_documentation(self, project: str, version: str) -> int:
        """Delete the documentation of a version, which can be sent again; return the serial of that."""
        return self._run(delete_documentation(self._index, project, version))

    def upload_all(self, paths: Iterable[Path], *, skip_existing: bool = False) -> tuple[UploadOutcome, ...]:
        """
        Publish wheels and sdists, one after the other, and tell of each in their order.

        One that is refused does not keep the others from being sent.
        """
        return tuple(self._uploaded(each, skip_existing=skip_existing) for each in paths)

    def _uploaded(self, path: Path, *, skip_existing: bool) -> UploadOutcome:
        try:
            return UploadOutcome(path=path, uploaded=self.upload(path, skip_existing=skip_existing))
        except (ClientError, OSError) as error:
            return UploadOutcome(path=path, error=error)
