"""What the distributions of one release are made from."""

from __future__ import annotations

import gzip
import hashlib
import inspect
import io
import tarfile
from collections.abc import Mapping, Sequence
from typing import TypedDict

from packaging.utils import canonicalize_name, canonicalize_version

from pypi_contracts import sdist_backend

# 2020-02-02, as in the members of wheels.
_MOMENT = 1_580_601_600
_BLOCK = 1 << 20


class Description(TypedDict, total=False):
    """
    What a distribution is made of; each has a default.

    *modules* maps paths below ``site-packages`` to Python source; *scripts* maps commands
    to ``module:function``.  *extra_metadata* are further headers, written as they are.
    *padding* is the size of one more member, which does not compress.  *dist_info_name*
    replaces ``name-version`` in the wheel's ``.dist-info`` folder, which then contradicts
    the file name.
    """

    modules: Mapping[str, str] | None
    requires_python: str | None
    requires_dist: Sequence[str]
    summary: str | None
    description: str
    description_content_type: str | None
    metadata_version: str
    extra_metadata: Sequence[tuple[str, str]]
    scripts: Mapping[str, str] | None
    padding: int
    dist_info_name: str | None


class Source:
    """What both kinds of distribution of one release are made from."""

    def __init__(self, name: str, version: str, metadata_version: str, described: Description) -> None:
        self._name, self._version, self._described = name, version, described
        self._metadata_version = described.get("metadata_version", metadata_version)
        self._escaped = canonicalize_name(name).replace("-", "_")
        self.stem = f"{self._escaped}-{canonicalize_version(version, strip_trailing_zero=False)}"
        self._dist_info = f"{described.get('dist_info_name') or self.stem}.dist-info"

    def wheel(self, tag: str) -> bytes:
        """Return the wheel with this tag."""
        return sdist_backend.pack_wheel(self._wheel_members(tag), self._dist_info)

    def sdist(self) -> bytes:
        """Return the sdist."""
        return _tar_gz(self.stem, self._sdist_members())

    def metadata(self) -> bytes:
        """Return the headers, an empty line and the description."""
        described = self._described
        headers = [
            ("Metadata-Version", self._metadata_version),
            ("Name", self._name),
            ("Version", self._version),
            ("Summary", described.get("summary", "A distribution built for a test")),
            ("Requires-Python", described.get("requires_python")),
            *(("Requires-Dist", requirement) for requirement in described.get("requires_dist", ())),
            ("Description-Content-Type", described.get("description_content_type", "text/markdown")),
            *described.get("extra_metadata", ()),
        ]
        text = described.get("description", f"# {self._name}\n\nBuilt for a test.\n")
        lines = [f"{header}: {value}\n" for header, value in headers if value is not None]
        return "".join([*lines, "\n", text]).encode()

    def _wheel_members(self, tag: str) -> dict[str, bytes]:
        default = {f"{self._escaped}.py": f'"""Built for a test."""\n\n__version__ = "{self._version}"\n'}
        modules = self._described.get("modules")
        members = {path: code.encode() for path, code in (default if modules is None else modules).items()}
        members[f"{self._dist_info}/METADATA"] = self.metadata()
        members[f"{self._dist_info}/WHEEL"] = _wheel_file(tag)
        if scripts := self._described.get("scripts"):
            lines = [f"{command} = {target}\n" for command, target in scripts.items()]
            members[f"{self._dist_info}/entry_points.txt"] = "".join(["[console_scripts]\n", *lines]).encode()
        if padding := self._described.get("padding", 0):
            members[f"{self._escaped}_padding.bin"] = _incompressible(self.stem, padding)
        return members

    def _sdist_members(self) -> dict[str, bytes]:
        pyproject = (
            '[build-system]\nrequires = []\nbuild-backend = "sdist_backend"\nbackend-path = ["backend"]\n'
        )
        return {
            "PKG-INFO": self.metadata(),
            "pyproject.toml": pyproject.encode(),
            "backend/sdist_backend.py": inspect.getsource(sdist_backend).encode(),
            **{f"wheel/{path}": data for path, data in self._wheel_members("py3-none-any").items()},
        }


def _wheel_file(tag: str) -> bytes:
    *build, pythons, abis, platforms = tag.split("-")
    lines = [
        "Wheel-Version: 1.0\n",
        "Generator: pypi-core-testing 1\n",
        f"Root-Is-Purelib: {'true' if platforms == 'any' else 'false'}\n",
        *(f"Build: {number}\n" for number in build),
        *(
            f"Tag: {python}-{abi}-{platform}\n"
            for python in pythons.split(".")
            for abi in abis.split(".")
            for platform in platforms.split(".")
        ),
    ]
    return "".join(lines).encode()


def _tar_gz(top: str, members: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=content, mode="wb", mtime=_MOMENT) as stream,
        # PEP 625: the modern POSIX format, names in UTF-8.
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive,
    ):
        for path, data in members.items():
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size, member.mtime = len(data), _MOMENT
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def _incompressible(seed: str, size: int) -> bytes:
    # Deflate looks back 32 KiB at most, so a longer block may be repeated.
    block = hashlib.shake_256(seed.encode()).digest(min(size, _BLOCK))
    repeated, rest = divmod(size, len(block))
    return block * repeated + block[:rest]
