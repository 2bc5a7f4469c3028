"""All claims there are, and the modules that check them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import ModuleType

from pypi_api_client.conformance import (
    test_change_feed,
    test_documentation,
    test_files,
    test_json_rpc,
    test_legacy_json,
    test_legacy_upload,
    test_protocol,
    test_simple_html,
    test_simple_json,
    test_upload_sessions,
    test_xml_rpc,
)
from pypi_api_client.conformance.claims import Claim, Level

# Uploads come first: what they publish is what the reading levels then read.
_MODULES: dict[Level, ModuleType] = {
    Level.LEGACY_UPLOAD: test_legacy_upload,
    Level.SIMPLE_HTML: test_simple_html,
    Level.SIMPLE_JSON: test_simple_json,
    Level.FILES: test_files,
    Level.LEGACY_JSON: test_legacy_json,
    Level.JSON_RPC: test_json_rpc,
    Level.PROTOCOL: test_protocol,
    Level.XML_RPC: test_xml_rpc,
    Level.CHANGE_FEED: test_change_feed,
    Level.UPLOAD_SESSIONS: test_upload_sessions,
    Level.DOCUMENTATION: test_documentation,
}


def modules_of(levels: Collection[Level]) -> list[ModuleType]:
    """Return the modules of *levels* in the order in which they run."""
    return [module for level, module in _MODULES.items() if level in levels]


def all_claims() -> Iterator[Claim]:
    """Yield every claim, level by level."""
    for level in Level:
        yield from _MODULES[level].claim.checks


def as_markdown() -> str:
    """Return the tables of all claims for the reference."""
    lines: list[str] = []
    for level in Level:
        lines += [f"### {level}", "", "| claim | | it says | by |", "|---|---|---|---|"]
        lines += [
            f"| `{each.name}` | {each.keyword} | {each.sentence} | {each.source} |"
            for each in _MODULES[level].claim.checks
        ]
        lines.append("")
    return "\n".join(lines)
