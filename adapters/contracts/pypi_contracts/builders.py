"""
Real wheels and sdists for tests: they install, and the same call gives the same bytes.

``build_wheel("sample", "1.0", requires_dist=["click>=8"])`` describes a distribution by its
metadata; `truncate`, `without_member` and `with_member` then damage it on purpose.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Final, Literal, Unpack

import msgspec
from packaging.metadata import parse_email

from pypi_contracts import sdist_backend
from pypi_contracts.distribution_source import Description, Source
from pypi_protocol.metadata import FIELDS

METADATA_VERSION_OF_WHEELS: Final = "2.1"
METADATA_VERSION_OF_SDISTS: Final = "2.2"
"""PEP 643: the least that a standard sdist has."""


class BuiltDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """
    One file to publish, and what its uploader says of it.

    *metadata* are the bytes of its METADATA or PKG-INFO.  `msgspec.structs.replace` gives
    one that lies: another file name, other content.
    """

    filename: str
    content: bytes
    metadata: bytes
    filetype: Literal["bdist_wheel", "sdist"]
    pyversion: str

    @property
    def md5(self) -> str:
        """The digest of the content that legacy forms send, in hex."""
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()

    @property
    def sha256(self) -> str:
        """The digest of the content that everybody compares, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def blake2_256(self) -> str:
        """The digest that is the content's address, in hex."""
        return hashlib.blake2b(self.content, digest_size=32).hexdigest()

    def form_fields(self) -> list[tuple[str, str]]:
        """
        Return the text parts of the legacy upload form, in the order to send them.

        The metadata is as `parse_email` reads it, so a header that it does not understand
        is left out.
        """
        return [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("filetype", self.filetype),
            ("pyversion", self.pyversion),
            *_metadata_fields(self.metadata),
            ("md5_digest", self.md5),
            ("sha256_digest", self.sha256),
            ("blake2_256_digest", self.blake2_256),
        ]


def build_wheel(
    name: str = "sample",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    **description: Unpack[Description],
) -> BuiltDistribution:
    """
    Return a wheel that holds every rule of PEP 427.

    *name* and *version* stand in METADATA as they are spelt here and in the file name the
    normalised way.  *tag* may be compressed (``py2.py3-none-any``) and may have a build
    number in front (``1-py3-none-any``).
    """
    source = Source(name, version, METADATA_VERSION_OF_WHEELS, description)
    return BuiltDistribution(
        filename=f"{source.stem}-{tag}.whl",
        content=source.wheel(tag),
        metadata=source.metadata(),
        filetype="bdist_wheel",
        pyversion=tag.split("-")[-3],
    )


def build_sdist(
    name: str = "sample", version: str = "1.0", **description: Unpack[Description]
) -> BuiltDistribution:
    """
    Return an sdist that holds every rule of PEP 625 and PEP 643.

    Installers build it without network: it requires nothing and brings its own backend.
    The wheel that comes out has the members of `build_wheel` with the same description and
    metadata version.
    """
    source = Source(name, version, METADATA_VERSION_OF_SDISTS, description)
    return BuiltDistribution(
        filename=f"{source.stem}.tar.gz",
        content=source.sdist(),
        metadata=source.metadata(),
        filetype="sdist",
        pyversion="source",
    )


def truncate(content: bytes, size: int) -> bytes:
    """Return the first *size* bytes, as an upload that broke off leaves them."""
    return content[:size]


def without_member(wheel: bytes, name: str) -> bytes:
    """
    Return *wheel* without one member; RECORD goes on listing it.

    Raises:
        KeyError: There is no such member.
    """
    members = _members(wheel)
    del members[name]
    return sdist_backend.zip_members(list(members.items()))


def with_member(wheel: bytes, name: str, content: bytes) -> bytes:
    """Return *wheel* with one member more, or another content of it; RECORD knows nothing of that."""
    return sdist_backend.zip_members(list({**_members(wheel), name: content}.items()))


def _members(wheel: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# What `parse_email` calls a field, and what forms do.
_FORM_NAMES = {each.key: each.form_name for each in FIELDS}


def _metadata_fields(metadata: bytes) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    parsed: Mapping[str, object] = {**parse_email(metadata)[0]}
    for key, value in parsed.items():
        name = _FORM_NAMES.get(key, key)
        if isinstance(value, dict):
            fields += [(name, f"{label}, {url}") for label, url in value.items()]
        elif isinstance(value, list):
            values = [",".join(value)] if name == "keywords" else value
            fields += [(name, each) for each in values]
        else:
            fields.append((name, str(value)))
    return fields
