"""The reference of the error codes, for people, made of the core's tree of errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from pypi_core.errors import PackageIndexError
from pypi_jsonrpc_api.refusals import FAMILIES

_BEGIN, _END = "<!-- generated: codes -->\n", "<!-- end of what is generated -->\n"


def renewed(page: str) -> str:
    """
    Return *page* with its table of codes renewed.

    Raises:
        ValueError: The page lacks the marks of it.
    """
    before, began, rest = page.partition(_BEGIN)
    _old, ended, after = rest.partition(_END)
    if not began or not ended:
        raise ValueError(f"The page has no marks for the codes: it needs {_BEGIN!r} and {_END!r}.")
    table = "\n".join(["| code | family | JSON-RPC | when |", "|---|---|---|---|", *_rows()])
    return f"{before}{_BEGIN}\n{table}\n\n{_END}{after}"


def _rows() -> Iterator[str]:
    for base, family in sorted(FAMILIES.items(), key=lambda each: each[1].code):
        name = family.name.lower().replace("_", " ")
        for error in _tree(base):
            summary = inspect.getdoc(error) or ""
            when = " ".join(summary.partition("\n\n")[0].split()).replace("|", "\\|")
            yield f"| `{error.code}` | {name} | {family.code} | {when} |"


def _tree(error: type[PackageIndexError]) -> Iterator[type[PackageIndexError]]:
    yield error
    for each in error.__subclasses__():
        # A program that embeds the core may have errors of its own.
        if each.__module__ == PackageIndexError.__module__:
            yield from _tree(each)
