"""Builders of real wheels and sdists: small, valid, the same bytes for the same arguments."""

from __future__ import annotations

import csv
import gzip
import io
import random
import tarfile
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypedDict, Unpack

import msgspec
from packaging.version import Version

from pypi_core.domain.digests import Digests, digests_of
from pypi_core.domain.filenames import FileType
from pypi_core.domain.names import escaped, parse_project_name

# 1980-01-01, the earliest moment a ZIP archive can name.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16


class MetadataFields(TypedDict, total=False):
    """What `build_metadata` takes besides name and version."""

    metadata_version: str
    summary: str
    description: str
    description_content_type: str
    requires_python: str
    requires_dist: Sequence[str]
    extra_metadata: Sequence[tuple[str, str]]


class BuiltDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution file and what its uploader would say of it; ``metadata`` are METADATA or PKG-INFO."""

    name: str
    version: str
    filename: str
    filetype: FileType
    pyversion: str
    content: bytes
    metadata: bytes

    @property
    def digests(self) -> Digests:
        """All digests of the content."""
        return digests_of(self.content)

    @property
    def md5(self) -> str:
        """The MD5 of the content, in hex."""
        return self.digests.md5

    @property
    def sha256(self) -> str:
        """The SHA-256 of the content, in hex."""
        return self.digests.sha256

    @property
    def blake2_256(self) -> str:
        """The BLAKE2b-256 of the content, in hex."""
        return self.digests.blake2_256

    def form_fields(self) -> list[tuple[str, str]]:
        """Return the text fields of a legacy upload (STANDARDS 2.2), in the order of twine."""
        return [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("metadata_version", "2.1"),
            ("name", self.name),
            ("version", self.version),
            ("filetype", str(self.filetype)),
            ("pyversion", self.pyversion),
            ("md5_digest", self.md5),
            ("sha256_digest", self.sha256),
            ("blake2_256_digest", self.blake2_256),
        ]


def build_metadata(
    name: str = "sample",
    version: str = "1.0",
    *,
    metadata_version: str = "2.1",
    summary: str = "A sample",
    description: str = "",
    description_content_type: str = "",
    requires_python: str = "",
    requires_dist: Sequence[str] = (),
    extra_metadata: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return the content of a METADATA or PKG-INFO file."""
    single = [
        ("Metadata-Version", metadata_version),
        ("Name", name),
        ("Version", version),
        ("Summary", summary),
        ("Requires-Python", requires_python),
        ("Description-Content-Type", description_content_type),
    ]
    headers = [(field, value) for field, value in single if value]
    headers += [("Requires-Dist", each) for each in requires_dist]
    headers += extra_metadata
    return ("".join(f"{field}: {value}\n" for field, value in headers) + f"\n{description}").encode()


def build_wheel(
    name: str = "sample",
    version: str = "1.0",
    *,
    modules: Mapping[str, str] | None = None,
    tag: str = "py3-none-any",
    padding: int = 0,
    **metadata: Unpack[MetadataFields],
) -> BuiltDistribution:
    """
    Build a wheel.

    Args:
        name: The project's name in any spelling.
        version: Its version in any spelling.
        modules: File name to source text; one module named after the project unless given.
        tag: The wheel's tag.
        padding: Size in bytes of a member that does not compress, to make a large file.
        metadata: What else `build_metadata` takes.
    """
    stem = f"{_escaped_name(name)}-{Version(version)}"
    metadata_file = build_metadata(name, version, **metadata)
    wheel_file = f"Wheel-Version: 1.0\nGenerator: sample 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
    members = _modules(name, modules)
    if padding:
        members[f"{_escaped_name(name)}.bin"] = random.Random(padding).randbytes(padding)
    members[f"{stem}.dist-info/METADATA"] = metadata_file
    members[f"{stem}.dist-info/WHEEL"] = wheel_file.encode()
    members[f"{stem}.dist-info/RECORD"] = _record(members, f"{stem}.dist-info/RECORD")
    return BuiltDistribution(
        name=name,
        version=version,
        filename=f"{stem}-{tag}.whl",
        filetype=FileType.WHEEL,
        pyversion=tag.split("-", maxsplit=1)[0],
        content=zipped(members),
        metadata=metadata_file,
    )


def build_sdist(
    name: str = "sample",
    version: str = "1.0",
    *,
    modules: Mapping[str, str] | None = None,
    padding: int = 0,
    **metadata: Unpack[MetadataFields],
) -> BuiltDistribution:
    """Build an sdist that pip can build and install offline; the arguments are those of `build_wheel`."""
    top = f"{_escaped_name(name)}-{Version(version)}"
    metadata_file = build_metadata(name, version, **metadata)
    wheel = build_wheel(name, version, modules=modules, **metadata)
    members = _modules(name, modules)
    if padding:
        members[f"{_escaped_name(name)}.bin"] = random.Random(padding).randbytes(padding)
    members["PKG-INFO"] = metadata_file
    members["pyproject.toml"] = _PYPROJECT
    members["backend/sample_backend.py"] = _BACKEND.format(filename=wheel.filename).encode()
    # The backend hands out this wheel: building needs nothing, not even the standard library's zipfile.
    members["backend/built.whl"] = wheel.content
    return BuiltDistribution(
        name=name,
        version=version,
        filename=f"{top}.tar.gz",
        filetype=FileType.SDIST,
        pyversion="source",
        content=tarred({f"{top}/{path}": content for path, content in members.items()}),
        metadata=metadata_file,
    )


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of *members* as a wheel is: deflated, no data descriptors, one moment."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            member = zipfile.ZipInfo(path, _MOMENT)
            member.external_attr = _MODE
            # What does not compress is only slower to read when it is deflated.
            member.compress_type = zipfile.ZIP_STORED if path.endswith(".bin") else zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return stream.getvalue()


def tarred(members: Mapping[str, bytes]) -> bytes:
    """Return a gzipped tar archive of *members* in the pax format."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in members.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)


def truncate(content: bytes, length: int) -> bytes:
    """Return the first *length* bytes of a file."""
    return content[:length]


def without_member(wheel: bytes, path: str) -> bytes:
    """Return a wheel without one of its members; RECORD still lists it."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return zipped({each: archive.read(each) for each in archive.namelist() if each != path})


def with_member(wheel: bytes, path: str, content: bytes) -> bytes:
    """Return a wheel with a member added or replaced; RECORD does not list it."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return zipped({each: archive.read(each) for each in archive.namelist()} | {path: content})


def _modules(name: str, modules: Mapping[str, str] | None) -> dict[str, bytes]:
    if modules is None:
        modules = {f"{_escaped_name(name)}.py": f'"""The module of {name}."""\n'}
    return {path: source.encode() for path, source in modules.items()}


def _record(members: Mapping[str, bytes], own_path: str) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for path, content in members.items():
        digest = urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow((path, f"sha256={digest}", len(content)))
    writer.writerow((own_path, "", ""))
    return stream.getvalue().encode()


def _escaped_name(name: str) -> str:
    return escaped(parse_project_name(name))


_PYPROJECT = b"""\
[build-system]
requires = []
build-backend = "sample_backend"
backend-path = ["backend"]
"""

_BACKEND = '''\
"""A build backend that needs nothing."""

import os
import shutil

FILENAME = {filename!r}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Hand out the wheel beside this file."""
    built = os.path.join(os.path.dirname(os.path.abspath(__file__)), "built.whl")
    shutil.copyfile(built, os.path.join(wheel_directory, FILENAME))
    return FILENAME
'''
