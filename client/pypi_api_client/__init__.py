"""
A client for Python package indexes.

>>> from pypi_api_client import Client
>>> with Client("https://index.example/", token="…") as client:
...     project = client.project("hello-index")
...     client.download(project.files[0], Path("."))
"""

from pypi_api_client.client import Client
from pypi_api_client.errors import ClientError

__all__ = ["Client", "ClientError"]
