"""Bodies that arrive in pieces over several requests, each at the offset where the last one ended."""

from __future__ import annotations

from typing import Final

from pypi_core.errors import InvalidForm
from pypi_core.use_cases.publishing.receive_bytes import FileUpload
from pypi_http_api.bodies import ClientLeft, body_chunks, content_length
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.pools import Pools
from pypi_http_api.receiving.pieces import PieceWriter
from pypi_http_api.replies import NO_SNIFFING, Reply
from pypi_protocol.errors import Problem

_OFFSET: Final = b"upload-offset"
# More digits than any file has bytes; Python refuses to convert thousands of them.
_MOST_DIGITS: Final = 18


def announced_offset(request: IndexRequest) -> int:
    """
    Return where the client says that its body begins; without ``Upload-Offset`` at the start.

    Raises:
        InvalidForm: The header is not a number.
    """
    header = (request.header(_OFFSET) or "0").strip()
    if not (header.isascii() and header.isdigit() and len(header) <= _MOST_DIGITS):
        raise InvalidForm(Problem("Upload-Offset", "Send Upload-Offset as a number of bytes."))
    return int(header)


def offset_reply(offset: int) -> Reply:
    """Say how many bytes have arrived, which is where the next ones belong."""
    headers = ((_OFFSET, str(offset).encode()), (b"cache-control", b"no-store"), NO_SNIFFING)
    return Reply(status=204, headers=headers)


async def receive_at_offset(request: IndexRequest, file: FileUpload, pools: Pools) -> int:
    """
    Append the body to *file*, and return how many bytes of it there are then.

    What arrived before the connection broke is kept: the client goes on from there.

    Raises:
        LongerThanDeclared: There is more than was declared; none of it is read if it says so.
        DigestMismatch: Now that all bytes are there they are not those declared.
        ClientLeft: The body did not arrive whole.
    """
    file.require_room(content_length(request) or 0)
    writer = PieceWriter(file.append, pools)
    try:
        async for chunk in body_chunks(request):
            await writer.take(chunk)
    except ClientLeft:
        await writer.flush()
        await pools.end(file.close)
        raise
    await writer.flush()
    return await pools.end(file.close)
