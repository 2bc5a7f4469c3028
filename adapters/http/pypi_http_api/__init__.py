"""Everything an index says over HTTP: Simple API, files, uploads, legacy JSON, JSON-RPC, health."""

from pypi_http_api.application import build_application
from pypi_http_api.rpc import RpcEndpoint
from pypi_http_api.settings import HttpSettings

__all__ = ["HttpSettings", "RpcEndpoint", "build_application"]
