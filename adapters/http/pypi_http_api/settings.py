"""What an operator can set about HTTP."""

from __future__ import annotations

import msgspec


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """
    How the HTTP side behaves.

    Attributes:
        realm: What a password dialogue shows.
        trusted_proxies: Addresses or networks whose ``X-Forwarded-*`` headers are believed.
        read_threads: Threads that answer reads.
        write_threads: Threads that take uploads.
        largest_form: Bytes that the text fields of an upload may have in all.
        most_form_parts: Parts that an upload may have.
        largest_call: Bytes that a JSON-RPC body may have.
        reply_memory: Bytes of ready replies kept in memory.
    """

    realm: str = "package index"
    trusted_proxies: tuple[str, ...] = ()
    read_threads: int = 4
    write_threads: int = 4
    largest_form: int = 10 * 1024 * 1024
    most_form_parts: int = 10_000
    largest_call: int = 1024 * 1024
    reply_memory: int = 32 * 1024 * 1024
