"""The client for programs on asyncio."""

from __future__ import annotations

from pypi_api_client.asynchronous.downloading import AsyncDownloading
from pypi_api_client.asynchronous.managing import AsyncManaging
from pypi_api_client.asynchronous.publishing import AsyncPublishing
from pypi_api_client.asynchronous.reading import AsyncReading


class AsyncClient(AsyncReading, AsyncDownloading, AsyncPublishing, AsyncManaging):
    """
    Talks to a package index, on asyncio; many of its methods may run at the same time.

    It speaks JSON-RPC where the index does, and the public standards (Simple API, legacy JSON,
    legacy upload) everywhere else.  Plain http is used to this machine alone.

    Every method may raise `ConnectionFailed`, `Refused` and `BadAnswer`.

    Args:
        index: The index, or its URL, such as ``https://index.example/``; credentials may stand in it.
        token: An API token; sent to the index's own origins and nowhere else, never logged, and with reads
            only once the index has answered 401 or 403.
        exchange_password: Whether the password of an account that stands in *index* is exchanged for a
            token of an hour where the index can do that, and is itself sent for nothing else.
        program: Name and version that the index is told in ``User-Agent``.
        timeout: Seconds to wait for a connection, and between any two pieces of an answer.
        largest_answer: How many bytes an answer that is kept as a whole may have: all but files.
        ca_bundle: A file or folder of the certificates to trust, instead of those that the
            operating system trusts.
        redirect_hosts: Hosts to which the index may redirect downloads, beside the file's own; they may
            be on this machine or in its network, too.
        transport: What carries HTTP instead of the network, for tests.
        sleep: What waits between two tries.

    Raises:
        InvalidAddress: *index* is no URL, or plain http to another machine.
        InvalidCertificates: *ca_bundle* cannot be read.
    """
