"""What belongs to one file: its bytes, its metadata, its provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from pypi_api_client.errors import BadAnswer, NotFound
from pypi_api_client.integrity import check_digests
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.messages import Exchange, Receiver, Request
from pypi_api_client.protocol.refusals import refusal_of

_MOST_METADATA = 16 * 1024 * 1024
_PROVENANCE = "application/vnd.pypi.integrity.v1+json, application/json;q=0.5"


class FileReceiver(Receiver, Protocol):
    """Keeps a file under another name until it is proved to be what is listed."""

    def finish(self) -> Path:
        """Compare, and give the file its name."""
        ...


def download(saving: FileReceiver, url: str) -> Exchange[Path]:
    """
    Receive a file.

    Raises:
        Refused: The server refused.
        BadDownload: What arrived is not what the index lists.
    """
    request = Request(method="GET", url=url, receiver=saving)
    response = yield request
    if response.status == 416:
        response = yield request
    if response.status not in {200, 206}:
        raise refusal_of(response)
    return saving.finish()


def metadata(file: RemoteFile) -> Exchange[bytes]:
    """
    Read the core metadata of a wheel, which stand beside it (PEP 658).

    Raises:
        NotFound: The index does not offer them.
        BadDownload: They are not what the index lists.
    """
    if file.core_metadata is False:
        raise NotFound(f"The index does not offer the metadata of {file.filename} by themselves.", status=404)
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


def provenance(file: RemoteFile) -> Exchange[dict[str, Any]]:
    """
    Read a file's provenance object (PEP 740), of the one version there is; nothing in it is verified.

    Raises:
        NotFound: The index has none.
        BadAnswer: It is of another version, or none at all.
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
