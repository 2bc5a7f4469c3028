"""What belongs to one file: its bytes, its metadata, its provenance."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from pypi_api_client.errors import BadAnswer, NotFound
from pypi_api_client.integrity import LARGEST_FILE, check_digests, check_filename, is_good_copy
from pypi_api_client.models import Downloaded, DownloadOutcome, RemoteFile
from pypi_api_client.progress import Progress
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request
from pypi_api_client.protocol.refusals import refusal_of
from pypi_api_client.protocol.saving import Saving
from pypi_api_client.protocol.steps import Operation, together, work

_MOST_METADATA = 16 * 1024 * 1024
_PROVENANCE = "application/vnd.pypi.integrity.v1+json, application/json;q=0.5"


def download(
    _index: KnownIndex,
    file: RemoteFile,
    folder: Path,
    *,
    metadata: bytes | None = None,
    hashes: Collection[str] = (),
    progress: Progress | None = None,
    largest: int = LARGEST_FILE,
) -> Operation[Downloaded]:
    """
    Store a file in *folder*, which is created where it is missing.

    The file appears there whole and verified by size and strongest digest, or not at all.  One
    that is there already with the digest listed is left alone.  A wheel whose own metadata
    differs from *metadata* is refused; so is a file that lacks one of *hashes*, each as
    ``algorithm:hex``, for an algorithm that is named among them, and one of more than *largest*
    bytes where no size is listed.

    Raises:
        BadDownload: What arrived is not what the index lists, or not what is required.
        UnsafeFilename: The file's name would leave the folder.
        InvalidAddress: The file's URL is plain http to another machine.
    """
    path = folder / check_filename(file.filename)
    if (yield from work(partial(is_good_copy, path, file, hashes))):
        return Downloaded(path=path, was_there=True)
    with Saving(file, folder, metadata=metadata, hashes=hashes, progress=progress, largest=largest) as saving:
        yield from _received(saving, file.url)
    return Downloaded(path=path, was_there=False)


def _received(saving: Saving, url: str) -> Exchange[Path]:
    request = Request(method="GET", url=url, receiver=saving)
    response = yield request
    if response.status == 416:
        response = yield request
    if response.status not in {200, 206}:
        raise refusal_of(response)
    return saving.finish()


def download_all(
    index: KnownIndex, files: Iterable[RemoteFile], folder: Path, *, concurrency: int = 8
) -> Operation[tuple[DownloadOutcome, ...]]:
    """
    Store files in *folder*, and report each in their order.

    `AsyncClient` stores at most *concurrency* at a time, `Client` one after the other.  A file that fails
    does not keep the others from being stored.  Cancelled, this leaves behind whole files and nothing else.
    """
    files = tuple(files)
    ended = yield from together((download(index, each, folder) for each in files), concurrency)
    return tuple(
        DownloadOutcome(file=file, error=each)
        if isinstance(each, Exception)
        else DownloadOutcome(file=file, downloaded=each)
        for file, each in zip(files, ended, strict=True)
    )


def metadata(_index: KnownIndex, file: RemoteFile) -> Exchange[bytes]:
    """
    Read the core metadata of a wheel without the wheel (PEP 658), verified by the digest listed.

    Raises:
        NotFound: The index does not offer it.
        BadDownload: It is not what the index lists.
    """
    if file.core_metadata is False:
        raise NotFound(f"The index does not offer the metadata of {file.filename} by itself.", status=404)
    response = yield Request(
        method="GET",
        url=f"{file.url}.metadata",
        headers={"Accept-Encoding": "identity"},
        largest=_MOST_METADATA,
    )
    if response.status != 200:
        raise refusal_of(response)
    hashes = file.core_metadata if isinstance(file.core_metadata, dict) else {}
    return check_digests(response.body, hashes, f"{file.filename}.metadata")


def provenance(_index: KnownIndex, file: RemoteFile) -> Exchange[dict[str, Any]]:
    """
    Read a file's provenance object (PEP 740); nothing in it is verified.

    Raises:
        NotFound: The index has none.
        BadAnswer: It is of a version that is not known, or not a provenance object.
    """
    if not file.provenance:
        raise NotFound(f"The index has no provenance of {file.filename}.", status=404)
    response = yield Request(
        method="GET", url=file.provenance, headers={"Accept": _PROVENANCE}, largest=_MOST_METADATA
    )
    if response.status != 200:
        raise refusal_of(response)
    content = response.json()
    if not isinstance(content, dict) or content.get("version") != 1:
        raise BadAnswer(f"The provenance of {file.filename} is of a version that this client does not know.")
    return content
