"""Connections to an object store that take no answer for whole whose head broke off."""

from __future__ import annotations

from typing import Final

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ProtocolError

_WITH_BODY: Final = frozenset({200, 206})
_LENGTHS: Final = ("content-length", "transfer-encoding")


class _Connection(HTTPConnection):
    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override]
        return _whole(super().getresponse())


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override]
        return _whole(super().getresponse())


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def require_whole_heads(manager: PoolManager) -> PoolManager:
    """
    Let *manager* repeat a request, or fail, where the line broke in the head of the answer.

    The standard library takes the end of a line that broke for the end of the head, and an answer
    without a length for an empty one.
    """
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager


def _whole(response: BaseHTTPResponse) -> BaseHTTPResponse:
    if response.status in _WITH_BODY and not any(each in response.headers for each in _LENGTHS):
        response.close()
        raise ProtocolError("The head of the answer broke off.")
    return response
