"""What an index says of itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from pypi_api_client.address import origin, resolve
from pypi_api_client.errors import BadAnswer, ClientError, NotSpoken
from pypi_api_client.protocol.json_rpc import call, call_by_name, converted
from pypi_api_client.protocol.known_index import KnownIndex, Origin
from pypi_api_client.protocol.messages import Exchange, Login, printable
from pypi_api_client.protocol.simple import find_simple
from pypi_protocol import PROTOCOL_VERSION
from pypi_protocol.methods import INDEX_LIST, INDEX_STATUS
from pypi_protocol.records.indexes import Capability, IndexStatus, ListedIndex

_MAJOR = PROTOCOL_VERSION.partition(".")[0]

# What an index does not say of itself is empty.
_SILENT = IndexStatus(
    name="",
    title="",
    protocol="",
    software="",
    serial=0,
    reading="",
    new_projects="",
    largest_file=0,
    largest_project=None,
    remote_images="",
    capabilities=(),
)


def status(index: KnownIndex) -> Exchange[IndexStatus]:
    """
    Return what the index says of itself and what it can do; it is asked once.

    Of an index that does not say, this is what can be found out.

    Raises:
        BadAnswer: It speaks a newer major version of the protocol; after that, none is spoken with it.
    """
    if index.status is None:
        try:
            told = yield from _told(index)
        except NotSpoken:
            told = msgspec.structs.replace(_SILENT, capabilities=(yield from _found(index)))
        root = index.address.root
        index.status = msgspec.structs.replace(
            told,
            capabilities=tuple(
                msgspec.structs.replace(each, url=resolve(root, each.url)) for each in told.capabilities
            ),
        )
    return index.status


def file_origins(index: KnownIndex) -> Exchange[Collection[Origin]]:
    """Return where else the index says that it keeps its files, nowhere if it does not say; asked once."""
    if index.file_origins is None:
        index.file_origins = yield from _told_origins(index)
    return index.file_origins


def _told_origins(index: KnownIndex) -> Exchange[Collection[Origin]]:
    if index.status is None and index.speaks_json_rpc is False:
        return ()
    try:
        told = index.status or (yield from _told(index))
    except ClientError:
        return ()
    return {origin(each) for each in told.file_origins}


def _told(index: KnownIndex) -> Exchange[IndexStatus]:
    told = yield from call_by_name(
        index, INDEX_STATUS.name, {}, dict[str, Any], is_repeatable=True, login=Login.IF_ASKED
    )
    # Another major version may have another shape: its number is read first.
    _check_version(index, str(told.get("protocol", "")))
    return converted({**msgspec.structs.asdict(_SILENT), **told}, IndexStatus, index)


def _check_version(index: KnownIndex, version: str) -> None:
    if version and version.partition(".")[0] != _MAJOR:
        index.speaks_json_rpc = False
        raise BadAnswer(
            f"The index at {index.address.root} speaks version {printable(version)} of the protocol, and "
            f"this client knows version {_MAJOR}: update it."
        )


def _found(index: KnownIndex) -> Exchange[tuple[Capability, ...]]:
    found = []
    if index.speaks_json_rpc and index.address.rpc:
        found.append(Capability(name="json-rpc", url=index.address.rpc))
    if (yield from find_simple(index)):
        found.append(Capability(name="simple", url=index.simple))
    return tuple(found)


def indexes(index: KnownIndex) -> Exchange[tuple[ListedIndex, ...]]:
    """
    List the indexes of the server that the caller may read.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    listed = yield from call(index, INDEX_LIST)
    # Relative to the server, of which the root of this index is a part.
    server = index.address.root
    here = yield from status(index)
    own = next((each.url for each in listed.indexes if each.name == here.name), "")
    server = server.removesuffix(own) if own else server
    return tuple(msgspec.structs.replace(each, url=resolve(server, each.url)) for each in listed.indexes)
