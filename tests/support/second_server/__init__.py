"""
A second package index, written from ``docs/protocol/`` alone: it shows whether the definition decides.

It keeps everything in memory and uses nothing of our own server.  At the places where it does what a MUST
demands, a fault can be planted, which `faults` lists.
"""

from __future__ import annotations

from second_server import reading, writing  # noqa: F401 - they register their methods
from second_server.http import Server
from second_server.legacy import legacy
from second_server.neighbours import changes, pypi
from second_server.rpc import rpc
from second_server.sessions import docs, upload
from second_server.simple import packages, simple
from second_server.state import Index

__all__ = ["Index", "serve"]


def serve(index: Index) -> Server:
    """Return *index* as a transport."""
    return Server(
        index,
        {
            "simple": simple,
            "packages": packages,
            "legacy": legacy,
            "pypi": pypi,
            "RPC2": pypi,
            "rpc": rpc,
            "changes": changes,
            "upload": upload,
            "docs": docs,
        },
    )
