"""What is known of an index."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pypi_api_client.address import IndexAddress

if TYPE_CHECKING:
    from pypi_protocol.records.indexes import IndexStatus


Origin = tuple[str, str, int | None]
"""Scheme, host and port."""


class KnownIndex:
    """
    Where an index is, and what was learnt by asking it.

    One belongs to one client, so that nothing is asked twice.

    Attributes:
        address: Its endpoints, as its URL tells.
        redirect_hosts: To which other hosts it may redirect downloads.
        speaks_json_rpc: ``None`` until it was asked.
        simple: The URL of its Simple API.
        has_list: Whether it has a list of projects, as far as that is known.
        is_simple_found: Whether there was an answer by that API.
        upload: The URL of its uploads, if it is known.
        xml_rpc: The URL at which it answers XML-RPC, once that was found.
        status: What it says of itself, once it was asked.
        file_origins: Where else it says that it keeps its files, once it was asked.
        has_login: Whether the client has credentials for it.
        wants_login: Whether it has refused to be read without them.
        has_authenticated: Whether it has said that it knows whose they are.
        warned: Hosts of whose pages a warning was given.
    """

    def __init__(self, address: IndexAddress, redirect_hosts: Collection[str] = ()) -> None:
        self.address = address
        self.redirect_hosts = frozenset(redirect_hosts)
        self.speaks_json_rpc: bool | None = None if address.rpc else False
        self.simple = address.simple
        self.is_simple_found = False
        self.has_list = True
        self.upload = address.upload
        self.xml_rpc: str | None = None
        self.status: IndexStatus | None = None
        self.file_origins: Collection[Origin] | None = None
        self.has_login = False
        self.wants_login = False
        self.has_authenticated = False
        self.warned: set[str] = set()
