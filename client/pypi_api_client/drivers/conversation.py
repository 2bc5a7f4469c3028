"""One client and one index: what they know of each other, whichever driver carries what they say."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import partial, update_wrapper
from os import PathLike
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from pypi_api_client.drivers.httpx_words import HttpOptions
from pypi_api_client.indexes import PackageIndex
from pypi_api_client.neighbourhood import AddressGuard
from pypi_api_client.protocol.accounts import short_token
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.sending import Sender, authorization_of, has_account_password
from pypi_api_client.protocol.steps import Operation, Steps
from pypi_api_client.streams import LARGEST_ANSWER
from pypi_api_client.user_agent import client_version, user_agent

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
AnyDriver = TypeVar("AnyDriver")
AnyTransport = TypeVar("AnyTransport")
AnySleep = TypeVar("AnySleep")


class Conversation(Generic[AnyDriver, AnyTransport, AnySleep]):
    """What both clients have in common: all but how they wait."""

    _open_driver: Callable[[HttpOptions, AnyTransport | None, AnySleep | None], AnyDriver]

    def __init__(
        self,
        index: str | PackageIndex,
        *,
        token: str | None = None,
        exchange_password: bool = False,
        program: tuple[str, str] | None = None,
        timeout: float = 30.0,
        largest_answer: int = LARGEST_ANSWER,
        ca_bundle: str | PathLike[str] | None = None,
        redirect_hosts: Collection[str] = (),
        transport: AnyTransport | None = None,
        sleep: AnySleep | None = None,
    ) -> None:
        """
        Prepare to talk to an index; nothing is sent yet.

        Args:
            index: The index, or its URL, such as ``https://index.example/``; credentials may stand in it.
            token: An API token; sent to the index's own origins and nowhere else, never logged, and with
                reads only once the index has answered 401 or 403.
            exchange_password: Whether the password of an account that stands in *index* is exchanged for a
                token of an hour where the index can do that, and is itself sent for nothing else.
            program: Name and version that the index is told in ``User-Agent``.
            timeout: Seconds to wait for a connection, and between any two pieces of an answer.
            largest_answer: How many bytes an answer that is kept as a whole may have: all but files.
            ca_bundle: A file or folder of the certificates to trust, instead of those that the
                operating system trusts.
            redirect_hosts: Hosts to which the index may redirect downloads, beside the file's own; they
                may be on this machine or in its network, too.
            transport: What carries HTTP instead of the network, for tests.
            sleep: What waits between two tries, for tests.

        Raises:
            InvalidAddress: *index* is not a URL, or it is plain http to another machine.
            InvalidCertificates: *ca_bundle* cannot be read.
        """
        address = (PackageIndex(index) if isinstance(index, str) else index).address
        self._index = KnownIndex(address, redirect_hosts)
        exchange = (
            partial(short_token, self._index)
            if exchange_password and has_account_password(address, token)
            else None
        )
        self._sender = Sender(self._index, authorization_of(address, token), exchange=exchange)
        options = HttpOptions(
            guard=AddressGuard(address, redirect_hosts),
            user_agent=user_agent(*(program or ("pypi-api-client", client_version()))),
            timeout=timeout,
            largest_answer=largest_answer,
            ca_bundle=Path(ca_bundle) if ca_bundle else None,
        )
        self._driver = self._open_driver(options, transport, sleep)

    @property
    def url(self) -> str:
        """The root of the index, without credentials."""
        return self._index.address.root

    @property
    def simple_url(self) -> str:
        """Where its Simple API is, as far as that was found out, without credentials."""
        return self._index.simple

    @property
    def wants_login(self) -> bool:
        """Whether the index has refused to be read without credentials, as far as it was asked."""
        return self._index.wants_login

    def _steps(self, operation: Operation[T]) -> Steps[T]:
        return self._sender.steps(operation)


def written_out(method: F, operation: Callable[..., Any], several: Any = None) -> F:
    """
    Describe *method* as if the *operation* that it carries out were written out in the client.

    It gets the name, the docstring and the parameters of the operation, but for the index, which is the
    client's; *several* is the type of what yields its results one by one.
    """
    update_wrapper(method, operation)
    signature = inspect.signature(operation)
    # "Exchange[Project]", "Operation[Uploaded]": annotations are text, which nothing has to look up.
    result = str(signature.return_annotation).partition("[")[2].removesuffix("]")
    returned = several[result] if several else result
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [own, *list(signature.parameters.values())[1:]]
    method.__annotations__ = {each.name: each.annotation for each in parameters[1:]} | {"return": returned}
    described = cast("Any", method)
    described.__signature__ = signature.replace(parameters=parameters, return_annotation=returned)
    return method
