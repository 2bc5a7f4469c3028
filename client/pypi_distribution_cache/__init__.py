"""
A folder of distributions, laid out as a Simple API tree that installers read without a server.

>>> from pypi_distribution_cache import DistributionCache
>>> with DistributionCache.create(Path("cache")).changing() as change:
...     change.take(Path("dist/hello_index-1.0-py3-none-any.whl"))

Then ``pip install --index-url file:///…/cache/simple/ hello-index``.
"""

from __future__ import annotations

from pypi_distribution_cache.cache import DistributionCache
from pypi_distribution_cache.catalogue import CachedFile
from pypi_distribution_cache.errors import CacheError

__all__ = ["CacheError", "CachedFile", "DistributionCache"]
