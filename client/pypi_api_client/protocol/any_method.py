"""Calling any method of JSON-RPC by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from pypi_api_client.protocol.json_rpc import call_by_name
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange

T = TypeVar("T")


@overload
def call(
    index: KnownIndex, method: str, params: Mapping[str, object] | None = None, *, is_repeatable: bool = False
) -> Exchange[Any]: ...


@overload
def call(
    index: KnownIndex,
    method: str,
    params: Mapping[str, object] | None,
    result_type: type[T],
    *,
    is_repeatable: bool = False,
) -> Exchange[T]: ...


def call(
    index: KnownIndex,
    method: str,
    params: Mapping[str, object] | None = None,
    result_type: Any = Any,
    *,
    is_repeatable: bool = False,
) -> Exchange[Any]:
    """
    Call a method of JSON-RPC, and return its result as a *result_type*.

    Parameters that are ``None`` are not sent.  *is_repeatable* says that calling the method twice does no
    harm, as with all that reads: such a call is tried again after a failure.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, or does not know the method.
    """
    given = {name: value for name, value in (params or {}).items() if value is not None}
    return call_by_name(index, method, given, result_type, is_repeatable=is_repeatable)
