"""The reference of the conformance kit: a table of claims for each level."""

from __future__ import annotations

from pypi_conformance.catalogue import claims_of
from pypi_conformance.registry import Level

_MARK = "-->\n\n"


def renewed(page: str) -> str:
    """
    Return *page* with everything after its mark renewed.

    Raises:
        ValueError: The page lacks the mark.
    """
    prose, mark, _old = page.partition(_MARK)
    if not mark:
        raise ValueError(f"The page has no mark for the claims: it needs {_MARK!r}.")
    return prose + mark + "\n".join(line for level in Level for line in _section(level))


def _section(level: Level) -> list[str]:
    rows = [
        f"| `{each.name}` | {each.keyword} | {each.sentence} | {each.source} |" for each in claims_of(level)
    ]
    return [f"### {level}", "", "| claim | | it says | by |", "|---|---|---|---|", *rows, ""]
