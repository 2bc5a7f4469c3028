"""
Distributions changed after they were built, which are sound but for that one change.

A wheel gets a RECORD that lists what is in it, an sdist a new tar archive.  Nothing else is
mended: neither file names nor the form, which `BuiltDistribution` derives from its metadata.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from msgspec.structs import replace

from damage.raw_tars import TarMember, members_of, write_tar_gz
from pypi_contracts import sdist_backend
from pypi_contracts.builders import BuiltDistribution


def with_headers(distribution: BuiltDistribution, headers: Mapping[str, str]) -> BuiltDistribution:
    """Return *distribution* with these headers in its metadata, in place of those of the same name."""
    head, _, body = distribution.metadata.decode().partition("\n\n")
    replaced = {each.lower() for each in headers}
    kept = [line for line in head.split("\n") if line.partition(":")[0].lower() not in replaced]
    lines = [*kept, *(f"{name}: {value}" for name, value in headers.items())]
    return with_metadata(distribution, "\n".join([*lines, "", body]).encode())


def form_for(distribution: BuiltDistribution, honest: BuiltDistribution) -> list[tuple[str, str]]:
    """Return the form that says of *distribution* what *honest* says of itself, with the true digests."""
    digests = [each for each in distribution.form_fields() if each[0].endswith("_digest")]
    return [each for each in honest.form_fields() if not each[0].endswith("_digest")] + digests


def with_metadata(distribution: BuiltDistribution, metadata: bytes) -> BuiltDistribution:
    """Return *distribution* with other bytes as its METADATA or PKG-INFO."""
    if distribution.filetype == "sdist":
        members = members_of(distribution.content)
        changed = [replace(members[0], content=metadata), *members[1:]]
        return replace(distribution, content=write_tar_gz(changed), metadata=metadata)
    folder = dist_info_of(distribution)
    return replace(with_members(distribution, {f"{folder}/METADATA": metadata}), metadata=metadata)


def with_members(wheel: BuiltDistribution, members: Mapping[str, bytes | None]) -> BuiltDistribution:
    """Return *wheel* with further or other members, which its RECORD lists; ``None`` takes one away."""
    folder = dist_info_of(wheel)
    kept = {name: data for name, data in wheel_members(wheel).items() if name != f"{folder}/RECORD"}
    changed = {name: data for name, data in {**kept, **members}.items() if data is not None}
    return replace(wheel, content=sdist_backend.pack_wheel(changed, folder))


def wheel_members(wheel: BuiltDistribution) -> dict[str, bytes]:
    """Return what is in *wheel*."""
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def dist_info_of(wheel: BuiltDistribution) -> str:
    """Return the name of the ``.dist-info`` folder of *wheel*."""
    [folder] = {name.partition("/")[0] for name in wheel_members(wheel) if name.endswith(".dist-info/RECORD")}
    return folder


def with_tar_members(sdist: BuiltDistribution, *members: TarMember) -> BuiltDistribution:
    """Return *sdist* with further members at its end, whose names are full ones."""
    return replace(sdist, content=write_tar_gz([*members_of(sdist.content), *members]))


def with_other_name(distribution: BuiltDistribution, name: str) -> BuiltDistribution:
    """Return *distribution* with *name* in its file name, as legacy build tools spelt it."""
    old, rest = distribution.filename.split("-", 1)
    filename = f"{name}-{rest}"
    if distribution.filetype == "sdist":
        return replace(distribution, filename=filename)
    folder = dist_info_of(distribution)
    renamed = f"{name}{folder.removeprefix(old)}"
    members = {
        member.replace(f"{folder}/", f"{renamed}/"): content
        for member, content in wheel_members(distribution).items()
        if member != f"{folder}/RECORD"
    }
    return replace(distribution, filename=filename, content=sdist_backend.pack_wheel(members, renamed))
