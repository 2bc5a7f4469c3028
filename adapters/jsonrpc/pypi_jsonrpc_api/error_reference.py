"""
The reference of the error codes, for people, made from the core's own tree of errors.

``python -m pypi_jsonrpc_api.error_reference PAGE`` renews the generated part of a page.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from pypi_core.errors import PackageIndexError
from pypi_jsonrpc_api.refusals import FAMILIES

_BEGIN, _END = "<!-- generated: codes -->\n", "<!-- end of what is generated -->\n"

_FAMILIES = {
    1001: "not found",
    1002: "unauthenticated",
    1003: "forbidden",
    1009: "conflict",
    1010: "gone",
    1013: "too large",
    1022: "invalid",
    1029: "too many",
    1053: "unavailable",
}


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
    for family in sorted(FAMILIES, key=lambda each: FAMILIES[each].code):
        for error in _tree(family):
            number = FAMILIES[family].code
            summary = inspect.getdoc(error) or ""
            when = " ".join(summary.partition("\n\n")[0].split()).replace("|", "\\|")
            yield f"| `{error.code}` | {_FAMILIES[number]} | {number} | {when} |"


def _tree(error: type[PackageIndexError]) -> Iterator[type[PackageIndexError]]:
    yield error
    for each in error.__subclasses__():
        # Whoever embeds the core may have errors of their own.
        if each.__module__ == PackageIndexError.__module__:
            yield from _tree(each)


def main() -> None:
    """Renew the page that the first argument names."""
    page = Path(sys.argv[1])
    page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
