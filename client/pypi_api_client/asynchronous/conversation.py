"""One client and one index: how they talk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, overload

from pypi_api_client.asynchronous.driver import AsyncDriver, AsyncTransport
from pypi_api_client.indexes import PackageIndex
from pypi_api_client.neighbourhood import AddressGuard
from pypi_api_client.protocol.accounts import short_token
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.sending import Sender, authorization_of, has_account_password
from pypi_api_client.streams import LARGEST_ANSWER, Progress
from pypi_api_client.user_agent import client_version, user_agent

T = TypeVar("T")


class AsyncConversation:
    """What all of a client's methods have in common."""

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
        transport: AsyncTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        address = (PackageIndex(index) if isinstance(index, str) else index).address
        self._index = KnownIndex(address, redirect_hosts)
        exchange = (
            partial(short_token, self._index)
            if exchange_password and has_account_password(address, token)
            else None
        )
        self._sender = Sender(self._index, authorization_of(address, token), exchange=exchange)
        self._driver = AsyncDriver(
            AddressGuard(address, redirect_hosts),
            user_agent=user_agent(*(program or ("pypi-api-client", client_version()))),
            timeout=timeout,
            largest_answer=largest_answer,
            ca_bundle=Path(ca_bundle) if ca_bundle else None,
            transport=transport,
            sleep=sleep,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._driver.close()

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

    @overload
    async def call(
        self, method: str, params: Mapping[str, object] | None = None, *, is_repeatable: bool = False
    ) -> Any: ...

    @overload
    async def call(
        self,
        method: str,
        params: Mapping[str, object] | None,
        result_type: type[T],
        *,
        is_repeatable: bool = False,
    ) -> T: ...

    async def call(
        self,
        method: str,
        params: Mapping[str, object] | None = None,
        result_type: Any = Any,
        *,
        is_repeatable: bool = False,
    ) -> Any:
        """
        Call a method of JSON-RPC, and return its result as a *result_type*.

        Parameters that are ``None`` are not sent.  What may be called twice without harm, as all
        that reads, can be tried again after a failure: *is_repeatable* says so.

        Raises:
            NotSpoken: The index does not speak JSON-RPC, or does not know the method.
        """
        return await self._run(
            call(self._index, method, params or {}, result_type, is_repeatable=is_repeatable)
        )

    async def _run(self, exchange: Exchange[T], progress: Progress | None = None) -> T:
        return await self._driver.run(self._sender.steps(exchange), progress)
