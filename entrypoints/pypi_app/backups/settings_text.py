"""The settings of a server as a text to look at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pypi_app.settings import Settings

_HEAD = "# The settings of the server when the backup was made, without secrets. Nothing reads this file.\n"
_SECRET = re.compile(r"(?:password|secret|access_key|secret_key|token|headers)\Z")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@|(?<=[?&])password=[^&\"]*")


def settings_text(settings: Settings) -> str:
    """Return all *settings* as TOML, also those that have their default; without secrets."""
    return _HEAD + "".join(f"{line}\n" for line in _lines(msgspec.to_builtins(settings), ()))


def _lines(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    if path:
        yield ""
        yield f"[{'.'.join(path)}]"
    for name, value in values.items():
        if name not in tables and value is not None and not _SECRET.search(name):
            # What JSON writes of a text, a number, a boolean or a list of texts, TOML reads alike.
            yield f"{name} = {_CREDENTIALS.sub('', json.dumps(value, ensure_ascii=False))}"
    for name, table in tables.items():
        yield from _lines(table, (*path, name))
