"""All claims there are, and the modules that check them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from types import ModuleType

from pypi_conformance.claims import (
    agreement,
    change_feed,
    documentation,
    files,
    json_rpc,
    legacy_json,
    legacy_upload,
    permissions,
    projects,
    protocol,
    search,
    simple_html,
    simple_json,
    tokens,
    upload_sessions,
    xml_rpc,
)
from pypi_conformance.registry import Claim, Level

# Uploads come first: what they publish is what the reading levels then read.
_MODULES: dict[Level, ModuleType] = {
    Level.LEGACY_UPLOAD: legacy_upload,
    Level.SIMPLE_HTML: simple_html,
    Level.SIMPLE_JSON: simple_json,
    Level.FILES: files,
    Level.LEGACY_JSON: legacy_json,
    Level.JSON_RPC: json_rpc,
    Level.PROTOCOL: protocol,
    Level.XML_RPC: xml_rpc,
    Level.CHANGE_FEED: change_feed,
    Level.UPLOAD_SESSIONS: upload_sessions,
    Level.DOCUMENTATION: documentation,
    Level.SEARCH: search,
    Level.TOKENS: tokens,
    Level.PROJECTS: projects,
    Level.PERMISSIONS: permissions,
    # Last, since it looks at all answers that the others were given.
    Level.AGREEMENT: agreement,
}


def modules_of(levels: Collection[Level]) -> list[ModuleType]:
    """Return the modules of *levels* in the order in which they run."""
    return [module for level, module in _MODULES.items() if level in levels]


def claims_of(level: Level) -> Sequence[Claim]:
    """Return the claims of *level* in the order in which they are checked."""
    checks: Sequence[Claim] = _MODULES[level].claim.checks
    return checks


def all_claims() -> Iterator[Claim]:
    """Yield every claim, level by level."""
    for level in Level:
        yield from claims_of(level)
