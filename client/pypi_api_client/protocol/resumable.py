"""Sending bytes that may take several requests: each goes on where the last one ended."""

from __future__ import annotations

from pathlib import Path

from pypi_api_client.errors import BadAnswer, Busy, ConnectionFailed, Refused, UntrustedCertificate
from pypi_api_client.progress import Progress
from pypi_api_client.protocol.messages import Exchange, Login, Piece, Request, Response
from pypi_api_client.protocol.refusals import refusal_of

# In a row, with nothing more arriving.
_MOST_FAILURES = 4
_PATIENCE = 600.0


def send_bytes(
    url: str, path: Path, size: int, *, offset: int = 0, progress: Progress | None = None
) -> Exchange[None]:
    """
    PUT the *size* bytes of the file at *path* to *url*, of which *offset* have arrived before.

    When the connection breaks, the index is asked how many have arrived, and the others follow.

    Raises:
        Refused: The index refused.
        ConnectionFailed: It breaks again and again.
        BadAnswer: The index wants bytes that the file does not have.
    """
    failures = 0
    while offset < size or not size:
        failure: ConnectionFailed | Busy | Refused
        try:
            response = yield _piece(url, Piece(file=path, offset=offset, size=size, progress=progress))
            if response.status in {200, 201, 204}:
                return
            failure = refusal_of(response)
            if response.status != 409 or _told_offset(response) is None:
                raise failure
        except UntrustedCertificate:
            raise
        except (ConnectionFailed, Busy) as error:
            failure = error
            response = yield Request(
                method="HEAD", url=url, headers={"Accept": "application/problem+json"}, login=Login.ALWAYS
            )
            if response.status not in {200, 204}:
                raise refusal_of(response) from error
        arrived = _told_offset(response)
        if arrived is None or arrived > size:
            raise BadAnswer(f"The index does not say how much of {path.name} has arrived.")
        failures = 0 if arrived > offset else failures + 1
        if failures >= _MOST_FAILURES:
            raise failure
        offset = arrived


def _piece(url: str, piece: Piece) -> Request:
    return Request(
        method="PUT",
        url=url,
        headers={"Upload-Offset": str(piece.offset), "Accept": "application/problem+json"},
        piece=piece,
        # Where it broke is asked before anything is sent again.
        is_repeatable=False,
        patience=_PATIENCE,
    )


def _told_offset(response: Response) -> int | None:
    text = response.headers.get("upload-offset", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
