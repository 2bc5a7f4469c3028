"""An OpenSearch server, and its failures in our words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from opensearchpy import OpenSearch, exceptions
from opensearchpy.exceptions import OpenSearchException, TransportError

from pypi_core.errors import Unavailable
from pypi_search.documents import NOT_NOW
from pypi_search.settings import OpenSearchSettings

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_CONNECTIONS: Final = 10


class OpenSearchServer:
    """
    The server that *settings* name, to be used from any thread; nothing is asked yet.

    Raises:
        OSError: The file with the password cannot be read.
    """

    def __init__(self, settings: OpenSearchSettings) -> None:
        # It would log every failure with a traceback, and with what was asked.
        logging.getLogger("opensearch").setLevel(logging.CRITICAL)
        password = settings.read_password()
        self.prefix = settings.prefix
        self._client = OpenSearch(
            hosts=[settings.url],
            http_auth=None if settings.username is None else (settings.username, password),
            ca_certs=settings.ca_bundle,
            timeout=settings.seconds,
            pool_maxsize=_CONNECTIONS,
            max_retries=1,
        )

    def ask(self, operation: Callable[[OpenSearch], _Result]) -> _Result:
        """
        Return what *operation* gets from the server.

        Raises:
            Unavailable: It does not answer, or refuses.
        """
        try:
            return operation(self._client)
        except OpenSearchException as error:
            _log.error("%s", _sentence(error))
            raise Unavailable(NOT_NOW) from error

    def require(self) -> None:
        """
        Make sure that the server can be reached and lets us in.

        Raises:
            Unavailable: It cannot be used, in a sentence for its operator.
        """
        try:
            self._client.info()
        except OpenSearchException as error:
            raise Unavailable(_sentence(error)) from error

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _sentence(error: OpenSearchException) -> str:
    match error:
        case exceptions.AuthenticationException() | exceptions.AuthorizationException():
            return "OpenSearch refuses the login: check search.username and search.password."
        case exceptions.SSLError():
            return "OpenSearch's certificate cannot be verified: check search.url and search.ca_bundle."
        case exceptions.ConnectionTimeout():
            return (
                "OpenSearch took too long (search.seconds): check that it has enough memory and processors."
            )
        case exceptions.ConnectionError():
            return "OpenSearch cannot be reached: check that it runs, and search.url."
        case TransportError():
            return f"OpenSearch refuses a request ({error.status_code}, {error.error}): see its own log."
        case _:
            return f"OpenSearch cannot be used ({type(error).__name__}): check search.url."
