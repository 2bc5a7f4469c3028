"""The JSON-RPC 2.0 protocol of an index, from bytes and an actor to bytes."""

from pypi_jsonrpc_api.endpoint import JsonRpcEndpoint

__all__ = ["JsonRpcEndpoint"]
