"""Downloads, and what is told of who downloaded."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from pypi_core.domain.indexes import IndexName

OTHER: Final = "other"
"""What is not known, or not one of the values that are counted."""

_INSTALLERS: Final = {
    "pip": "pip",
    "uv": "uv",
    "poetry": "poetry",
    "pdm": "pdm",
    "unearth": "pdm",
    "hatch": "hatch",
    "pipenv": "pipenv",
    "pipx": "pipx",
    "rye": "rye",
    "pixi": "pixi",
    "conda": "conda",
    "mamba": "conda",
    "setuptools": "setuptools",
    "distribute": "setuptools",
    "pex": "pex",
    "bazel": "bazel",
    "buck": "buck",
    "pants": "pants",
    "maturin": "maturin",
    "twine": "twine",
    "bandersnatch": "bandersnatch",
    "pep381client": "bandersnatch",
    "devpi-server": "devpi",
    "devpi": "devpi",
    "artifactory": "artifactory",
    "nexus": "nexus",
    "pulp": "pulp",
    "pulpcore": "pulp",
    "pypi-cli": "pypi-cli",
    "homebrew": "homebrew",
    "python-requests": "requests",
    "python-httpx": "httpx",
    "python-urllib": "urllib",
    "python-urllib3": "urllib",
    "aiohttp": "aiohttp",
    "curl": "curl",
    "wget": "wget",
    "mozilla": "browser",
    "opera": "browser",
}
_SYSTEMS: Final = {
    "linux": "Linux",
    "darwin": "macOS",
    "macos": "macOS",
    "macintosh": "macOS",
    "windows": "Windows",
    "freebsd": "FreeBSD",
    "openbsd": "OpenBSD",
    "netbsd": "NetBSD",
    "android": "Android",
    "ios": "iOS",
}

_LONGEST: Final = 2048
# docs/reference/standards/user-agent.md#user-agents
_TOKEN = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,39})(?:/\S*)?(?:\s+(\{.*\}))?", re.DOTALL)
_PYTHON = re.compile(r"(?:2\.[67]|3\.(?:[0-9]|[1-3][0-9]))(?![0-9])")
_PYTHON_TOKEN = re.compile(r"\b(?:c?python|pypy3?)[/ ](?=[23]\.)", re.IGNORECASE)
_SYSTEM = re.compile(rf"\b(?:{'|'.join(_SYSTEMS)})\b", re.IGNORECASE)


class DownloadClient(msgspec.Struct, frozen=True):
    """
    What a ``User-Agent`` tells of who downloads.

    Each is one of a few dozen values, whatever a client sends, so that nobody can make counts grow.

    Attributes:
        installer: ``pip``, ``uv``, ``browser`` or another program.
        python: The Python version without its last part: ``3.13``.
        system: ``Linux``, ``macOS``, ``Windows`` or another one.
    """

    installer: str = OTHER
    python: str = OTHER
    system: str = OTHER


class DownloadCount(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How often the file with these bytes was downloaded from an index, on a day, by one kind of client."""

    index: IndexName
    blake2_256: str
    day: date
    client: DownloadClient
    count: int


class Span(StrEnum):
    """How much time is added up in one count."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"

    def start(self, day: date) -> date:
        """Return the first day of the span that *day* is in."""
        match self:
            case Span.DAY:
                return day
            case Span.MONTH:
                return day.replace(day=1)
            case Span.TOTAL:
                return date.min


class ClientTrait(StrEnum):
    """By what of the clients the downloads of a project are counted."""

    ALL = "all"
    INSTALLER = "installer"
    PYTHON = "python"
    SYSTEM = "system"

    def of(self, client: DownloadClient) -> str:
        """Return the value that a client is counted as."""
        match self:
            case ClientTrait.ALL:
                return ""
            case ClientTrait.INSTALLER:
                return client.installer
            case ClientTrait.PYTHON:
                return client.python
            case ClientTrait.SYSTEM:
                return client.system


class _Named(msgspec.Struct, frozen=True):
    name: str | None = None


class _Told(msgspec.Struct, frozen=True):
    """What pip and programs that do the same tell of themselves; what is unknown is dropped."""

    installer: _Named | None = None
    python: str | None = None
    system: _Named | None = None


def parse_user_agent(text: str) -> DownloadClient:
    """Return what is told of a client, `OTHER` for all that is unknown, malformed or too long."""
    found = _TOKEN.match(text) if len(text) <= _LONGEST else None
    if found is None:
        return DownloadClient()
    name, told = found[1], found[2]
    if told:
        return _from_json(name, told)
    python, system = _PYTHON_TOKEN.search(text), _SYSTEM.search(text)
    return DownloadClient(
        _installer(name),
        _python(text[python.end() :] if python else ""),
        _SYSTEMS[system[0].lower()] if system else OTHER,
    )


def _from_json(name: str, told: str) -> DownloadClient:
    try:
        data = msgspec.json.decode(told, type=_Told)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return DownloadClient(_installer(name))
    own_name = (data.installer and data.installer.name) or name
    system = (data.system and data.system.name) or ""
    return DownloadClient(
        _installer(own_name), _python(data.python or ""), _SYSTEMS.get(system.lower(), OTHER)
    )


def _installer(name: str) -> str:
    return _INSTALLERS.get(name.lower(), OTHER)


def _python(version: str) -> str:
    found = _PYTHON.match(version)
    return found[0] if found else OTHER
