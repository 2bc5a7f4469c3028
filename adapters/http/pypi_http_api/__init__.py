"""The HTTP side of an index: the Simple API, uploads, files and everything mounted beside them."""

from pypi_http_api.application import build_application
from pypi_http_api.path_prefix import parse_path_prefix
from pypi_http_api.problems import RefusalPage
from pypi_http_api.rpc import RpcEndpoint
from pypi_http_api.settings import HttpSettings
from pypi_http_api.xml_rpc import XmlRpcEndpoint

__all__ = [
    "HttpSettings",
    "RefusalPage",
    "RpcEndpoint",
    "XmlRpcEndpoint",
    "build_application",
    "parse_path_prefix",
]
