"""
The reference of the methods, for people, made from what the OpenRPC document is made from.

``python -m pypi_jsonrpc_api.reference PAGE`` renews the generated part of a page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

_BEGIN, _END = "<!-- generated: methods -->\n", "<!-- end of what is generated -->\n"

_GROUPS = {
    "account": "Accounts",
    "changes": "Changes",
    "docs": "Documentation",
    "file": "Files",
    "index": "Indexes",
    "project": "Projects",
    "release": "Releases",
    "rpc": "Discovery",
    "search": "Search",
    "token": "Tokens",
    "upload": "Upload sessions",
    "validate": "Validation",
}


def renewed(page: str, document: Mapping[str, Any]) -> str:
    """Return *page* with its generated part renewed from an OpenRPC *document*."""
    before, _, rest = page.partition(_BEGIN)
    _old, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{methods_as_markdown(document)}\n{_END}{after}"


def methods_as_markdown(document: Mapping[str, Any]) -> str:
    """Return a section for each group of methods, with a table of them."""
    methods: Sequence[Mapping[str, Any]] = sorted(document["methods"], key=_group)
    return "\n\n".join(
        "\n".join([f"### {_GROUPS[group]}", "", *_table(list(inside))])
        for group, inside in groupby(methods, key=_group)
    )


def _group(method: Mapping[str, Any]) -> str:
    name: str = method["name"]
    return name.partition(".")[0]


def _table(methods: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| method | parameters | does | errors |"
    yield "|---|---|---|---|"
    for each in methods:
        parameters = ", ".join(map(_parameter, each["params"]))
        errors = ", ".join(str(error["code"]) for error in each["errors"] if error["code"] > 0)
        yield f"| `{each['name']}` | {parameters} | {each['description']} | {errors} |"


def _parameter(parameter: Mapping[str, Any]) -> str:
    name = f"`{parameter['name']}`"
    if parameter["required"]:
        return name
    return f"{name} = {json.dumps(parameter['schema'].get('default'))}"


def main() -> None:
    """Renew the page that the first argument names from the document on standard input."""
    page = Path(sys.argv[1])
    page.write_text(renewed(page.read_text(encoding="utf-8"), json.load(sys.stdin)), encoding="utf-8")


if __name__ == "__main__":
    main()
