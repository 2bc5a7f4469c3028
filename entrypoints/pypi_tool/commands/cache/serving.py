"""``pypi-cli cache serve``."""

from __future__ import annotations

from contextlib import suppress

from pypi_terminal.errors import UsageError
from pypi_tool.context import CommandContext
from pypi_tool.parameters import CacheFolder


def serve(
    folder: CacheFolder, /, *, host: str = "127.0.0.1", port: int = 8081, context: CommandContext
) -> None:
    """
    Serve a cache over HTTP, read-only, until Ctrl+C.

    Anyone who can reach the address can read it. Any other web server can serve the folder too.

    ```
    pypi-cli cache serve wheelhouse --port 0
    ```

    Parameters
    ----------
    host
        The address to listen on; by default only this machine can reach it.
    port
        The port; 0 takes a free one.
    """
    from pypi_distribution_cache import DistributionCache
    from pypi_distribution_cache.serving import CacheServer
    from pypi_tool.cache_results import ServedCache

    cache = DistributionCache.open(folder)
    try:
        server = CacheServer(cache, host, port)
    except OSError as error:
        raise UsageError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from error
    # A program that reads the address may interrupt at once.
    with server, suppress(KeyboardInterrupt):
        result = ServedCache(folder=str(folder), url=server.url)
        context.output.result(result, [f"{folder} is served at {server.url}"])
        server.serve_forever()
