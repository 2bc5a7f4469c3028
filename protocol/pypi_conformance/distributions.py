"""Small distributions to publish, built in memory."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping

import msgspec

REQUIRES_PYTHON = ">=3.9,<5"
SUMMARY = "Published by a conformance kit; it holds nothing"
_WHEEL = b"""\
Wheel-Version: 1.0
Generator: conformance
Root-Is-Purelib: true
Tag: py3-none-any
"""
_PYPROJECT = b"""\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
"""
_OLDEST_TIME_OF_ZIP = (1980, 1, 1, 0, 0, 0)


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and what its uploader says of it."""

    filename: str
    filetype: str
    python_version: str
    content: bytes
    metadata: bytes
    fields: tuple[tuple[str, str], ...]

    @property
    def sha256(self) -> str:
        """Return the digest that pages show."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def digests(self) -> dict[str, str]:
        """Return the digests that a form carries, by the names of its fields."""
        return {
            "md5_digest": hashlib.md5(self.content, usedforsecurity=False).hexdigest(),
            "sha256_digest": self.sha256,
            "blake2_256_digest": hashlib.blake2b(self.content, digest_size=32).hexdigest(),
        }


def build_wheel(name: str, version: str, *, note: str = "") -> Distribution:
    """Return a pure wheel; *note* makes another file of it."""
    stem = f"{_escaped(name)}-{version}"
    info, module = f"{stem}.dist-info", _escaped(name)
    metadata = _metadata("2.1", name, version)
    members = {
        f"{module}.py": f'"""Nothing{note}."""\n'.encode(),
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": _WHEEL,
    }
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD")
    return Distribution(
        filename=f"{stem}-py3-none-any.whl",
        filetype="bdist_wheel",
        python_version="py3",
        content=zip_of(members),
        metadata=metadata,
        fields=_fields("2.1", name, version),
    )


def build_sdist(name: str, version: str) -> Distribution:
    """Return an sdist by PEP 625 and PEP 643."""
    stem = f"{_escaped(name)}-{version}"
    metadata = _metadata("2.2", name, version)
    members = {
        f"{stem}/PKG-INFO": metadata,
        f"{stem}/pyproject.toml": _PYPROJECT,
        f"{stem}/{_escaped(name)}.py": b'"""Nothing."""\n',
    }
    return Distribution(
        filename=f"{stem}.tar.gz",
        filetype="sdist",
        python_version="source",
        content=tar_gz_of(members),
        metadata=metadata,
        fields=_fields("2.2", name, version),
    )


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP, the same for the same members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _OLDEST_TIME_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return stream.getvalue()


def tar_gz_of(members: Mapping[str, bytes]) -> bytes:
    """Return a compressed tar, the same for the same members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)


def _escaped(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _metadata(metadata_version: str, name: str, version: str) -> bytes:
    lines = (f"{field}: {value}\n" for field, value in _headers(metadata_version, name, version))
    return "".join(lines).encode()


def _headers(metadata_version: str, name: str, version: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Metadata-Version", metadata_version),
        ("Name", name),
        ("Version", version),
        ("Summary", SUMMARY),
        ("Requires-Python", REQUIRES_PYTHON),
    )


def _fields(metadata_version: str, name: str, version: str) -> tuple[tuple[str, str], ...]:
    headers = _headers(metadata_version, name, version)
    return tuple((field.lower().replace("-", "_"), value) for field, value in headers)


def _record(members: Mapping[str, bytes], record: str) -> bytes:
    lines = []
    for name, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{record},,\n"]).encode()
