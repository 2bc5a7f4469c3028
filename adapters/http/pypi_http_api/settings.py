"""How the HTTP side behaves."""

from __future__ import annotations

import msgspec


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """
    How the HTTP side behaves; sizes are in bytes.

    Attributes:
        realm: What names the server to whom it asks for a token.
        trusted_proxies: Addresses and networks (``127.0.0.1``, ``10.0.0.0/8``) whose
            ``X-Forwarded-For``, ``-Proto``, ``-Host`` and ``-Prefix`` are believed; nobody else's are.
        root_path: The path prefix below which clients see the server, such as ``/pypi``; where it is
            set, ``X-Forwarded-Prefix`` is ignored.
        proxy_strips_root_path: Whether the proxy removes that prefix from the paths it passes on.
        largest_form: What an upload may have beside its file.
        most_form_parts: In how many parts.
        access_log: Whether every request is logged, not only changes and refusals.
        read_threads: How many threads call what reads.
        write_threads: How many threads take uploads and carry out what changes something.
        costly_threads: How many threads carry out calls that take long or much memory.
        costly_calls_of_caller: How many of these one account or address may have under way.
        costly_memory: What their bodies and answers may take together.
        largest_call: What the body of a JSON-RPC call may have.
        largest_xml_call: What the body of an XML-RPC call may have.
        reply_memory: What ready replies may take in memory.
        longest_wait: For how many seconds a client may wait for the next change.
        longest_stream: After how many seconds a stream of changes ends, to be asked for anew.
        event_streams: How many clients may follow the changes at once, by a stream or by waiting.
        event_streams_per_address: How many of them may be at one address.
        watchers: Addresses and networks that may see metrics and what is missing.
    """

    realm: str = "package index"
    trusted_proxies: tuple[str, ...] = ()
    root_path: str = ""
    proxy_strips_root_path: bool = True
    largest_form: int = 10 * 1024 * 1024
    most_form_parts: int = 10_000
    access_log: bool = False
    read_threads: int = 4
    write_threads: int = 4
    costly_threads: int = 2
    costly_calls_of_caller: int = 8
    costly_memory: int = 128 * 1024 * 1024
    largest_call: int = 1024 * 1024
    largest_xml_call: int = 10 * 1024 * 1024
    reply_memory: int = 32 * 1024 * 1024
    longest_wait: int = 60
    longest_stream: float = 600
    event_streams: int = 200
    event_streams_per_address: int = 20
    watchers: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
