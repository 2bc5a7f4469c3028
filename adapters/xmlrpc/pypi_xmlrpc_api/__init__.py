"""The XML-RPC protocol of an index, for legacy tools: from bytes and an actor to bytes."""

from pypi_xmlrpc_api.endpoint import XmlRpcEndpoint

__all__ = ["XmlRpcEndpoint"]
