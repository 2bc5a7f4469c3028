"""What is claimed of an index, and how a check says that it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

# A check is handed the index; `Subject` itself is built on what stands here.
Check = Callable[[Any], None]


class Level(StrEnum):
    """A group of claims about one interface; an index offers it, or does not."""

    SIMPLE_HTML = "simple-html"
    SIMPLE_JSON = "simple-json"
    FILES = "files"
    LEGACY_UPLOAD = "legacy-upload"
    LEGACY_JSON = "legacy-json"
    JSON_RPC = "json-rpc"
    PROTOCOL = "protocol"
    UPLOAD_SESSIONS = "upload-sessions"
    DOCUMENTATION = "documentation"
    SEARCH = "search"
    TOKENS = "tokens"
    PROJECTS = "projects"
    PERMISSIONS = "permissions"
    XML_RPC = "xml-rpc"
    CHANGE_FEED = "change-feed"
    AGREEMENT = "agreement"


class Keyword(StrEnum):
    """How much a claim weighs, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence about an index; ``source`` is the standard that says it."""

    level: Level
    name: str
    keyword: Keyword
    source: str
    sentence: str

    @property
    def identifier(self) -> str:
        """Return the name by which the claim is known, such as ``files/ranges``."""
        return f"{self.level}/{self.name}"


class NotOffered(Exception):
    """The index has not what the claim is about."""


class NotChecked(Exception):
    """Something is missing that the check needs, such as a project to read."""


class Claims:
    """
    The claims of one level, each with the function that checks it.

    A check returns when the claim holds and raises otherwise: `AssertionError` with a sentence
    that says what the index did, `NotOffered` or `NotChecked` with the reason.
    """

    def __init__(self, level: Level) -> None:
        self.level = level
        self.checks: dict[Claim, Check] = {}
        self._by_function: dict[str, Claim] = {}

    def must(self, name: str, source: str, sentence: str) -> Callable[[Check], Check]:
        """Register a check whose failing fails the index."""
        return self._register(name, Keyword.MUST, source, sentence)

    def should(self, name: str, source: str, sentence: str) -> Callable[[Check], Check]:
        """Register a check whose failing is a warning."""
        return self._register(name, Keyword.SHOULD, source, sentence)

    def may(self, name: str, source: str, sentence: str) -> Callable[[Check], Check]:
        """Register a check of something that an index is free to have."""
        return self._register(name, Keyword.MAY, source, sentence)

    def of(self, function: str) -> Claim:
        """Return the claim that the function of this name checks."""
        return self._by_function[function]

    def _register(self, name: str, keyword: Keyword, source: str, sentence: str) -> Callable[[Check], Check]:
        claim = Claim(level=self.level, name=name, keyword=keyword, source=source, sentence=sentence)

        def register(check: Check) -> Check:
            self.checks[claim] = check
            self._by_function[check.__name__] = claim
            return check

        return register
