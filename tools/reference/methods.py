"""
The reference of the methods, for people, made of the OpenRPC document.

What stands outside of the marks of a page is prose and left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, cast

import msgspec

from pypi_jsonrpc_api.answers.indexes import SOFTWARE
from pypi_protocol.openrpc import openrpc_document
from reference.schema_prose import as_json, as_text, in_words, named

Document = Mapping[str, Any]

_END = "<!-- end of what is generated -->\n"

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


def described() -> Document:
    """Return the OpenRPC document as our server has it."""
    document = openrpc_document(title="", version="", url="rpc", software=SOFTWARE)
    return cast("Document", msgspec.to_builtins(document))


def renewed(page: str) -> str:
    """
    Return *page* with its generated parts renewed.

    Raises:
        ValueError: The page lacks the marks of one of them.
    """
    document = described()
    for name, make in _PARTS.items():
        begin = f"<!-- generated: {name} -->\n"
        before, began, rest = page.partition(begin)
        _old, ended, after = rest.partition(_END)
        if not began or not ended:
            raise ValueError(f"The page has no marks for the {name}: it needs {begin!r} and {_END!r}.")
        page = f"{before}{begin}\n{make(document)}\n{_END}{after}"
    return page


def _methods(document: Document) -> str:
    """Return a section for each group of methods, with a table of them."""
    return "\n".join(
        f"### {_GROUPS[group]}\n\n"
        + _table(
            "method | parameters | does | errors",
            (f"`{each['name']}` | {_signature(each)} | {_does(each)} | {_codes(each)}" for each in inside),
        )
        for group, inside in groupby(sorted(document["methods"], key=_group), key=_group)
    )


def _group(method: Mapping[str, Any]) -> str:
    name: str = method["name"]
    return name.partition(".")[0]


def _signature(method: Mapping[str, Any]) -> str:
    return ", ".join(
        named(each["name"], each["schema"], required=each["required"]) for each in method["params"]
    )


def _does(method: Mapping[str, Any]) -> str:
    return as_text(method["description"])


def _codes(method: Mapping[str, Any]) -> str:
    return ", ".join(str(error["code"]) for error in method["errors"] if error["code"] > 0)


def _details(document: Document) -> str:
    """Return a section for each method: what it takes, what it returns, and an example."""
    return "\n".join(map(_detail, sorted(document["methods"], key=_group)))


def _detail(method: Mapping[str, Any]) -> str:
    result = method["result"]
    parts = [f"### {method['name']}\n"]
    if method["params"]:
        rows = (
            f"{named(each['name'], each['schema'], required=each['required'])} | {in_words(each['schema'])} "
            f"| {as_text(each.get('description', ''))}"
            for each in method["params"]
        )
        parts.append(_table("parameter | type | meaning", rows))
    parts.append(f"Returns: {in_words(result['schema'])}, `{result['name']}`.\n")
    if method["examples"]:
        example = method["examples"][0]
        exchange = {
            "params": {each["name"]: each["value"] for each in example["params"]},
            "result": example["result"]["value"],
        }
        parts.append(f"Example: {as_text(example['name'])}.\n\n```json\n{as_json(exchange)}\n```\n")
    return "\n".join(parts)


def _types(document: Document) -> str:
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    return "\n".join(_type(name, schemas[name]) for name in sorted(schemas))


def _type(name: str, schema: Mapping[str, Any]) -> str:
    head = f"### {name}\n\n{as_text(schema.get('description', ''))}\n"
    if "properties" not in schema:
        return f"{head}\nIt is {in_words(schema)}.\n"
    required = schema.get("required", ())
    rows = (
        f"{named(member, inner, required=member in required)} | {in_words(inner)} "
        f"| {as_text(inner.get('description', ''))}"
        for member, inner in schema["properties"].items()
    )
    return f"{head}\n{_table('member | type | meaning', rows)}"


def _errors(document: Document) -> str:
    errors: Mapping[str, Any] = document["components"]["errors"]
    rows = (
        f"`{each['code']}` | {re.sub('(?<!^)(?=[A-Z])', ' ', family).lower()} | {as_text(each['message'])}"
        for family, each in errors.items()
    )
    return _table("code | family | meaning", sorted(rows))


_PARTS: Mapping[str, Callable[[Document], str]] = {
    "methods": _methods,
    "parameters and results": _details,
    "types": _types,
    "errors": _errors,
}


def _table(head: str, rows: Iterable[str]) -> str:
    lines = [f"| {head} |", "|---" * len(head.split("|")) + "|", *(f"| {each} |" for each in rows)]
    return "".join(f"{line}\n" for line in lines)
