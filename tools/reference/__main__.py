"""Renew every generated part of ``docs/``: ``python -m reference``, from the root of the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pypi_app.server_command.application import PROGRAM as SERVER
from pypi_tool.application import PROGRAM as TOOL
from reference import claims, definition, errors, methods, results, versions

PARTS: dict[str, Callable[[str], str]] = {
    "docs/how-to/install-pypi-cli.md": versions.renewed,
    "docs/protocol/openrpc-1.0.json": lambda _page: definition.definition(),
    "docs/reference/conformance.md": claims.renewed,
    "docs/reference/errors.md": errors.renewed,
    "docs/reference/json-rpc.md": methods.renewed,
    "docs/reference/pypi-cli.schema.json": lambda _page: results.schema_text(TOOL),
    "docs/reference/pypi-server.schema.json": lambda _page: results.schema_text(SERVER),
    "docs/tutorials/first-index.md": versions.renewed,
}

if __name__ == "__main__":
    for name, renewed in PARTS.items():
        page = Path(name)
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
