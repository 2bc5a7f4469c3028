"""Fuzz the reading of wheels and sdists: nothing but `Invalid` may be raised."""

from __future__ import annotations

import gzip
import io
from itertools import chain

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_core"):
    from pypi_core.domain.descriptions import RenderedDescription
    from pypi_core.domain.distributions import inspect_distribution
    from pypi_core.domain.rules import PUBLIC
    from pypi_core.errors import Invalid

from damage.raw_tars import TarMember, write_tar_gz
from damage.reworking import dist_info_of, wheel_members
from pypi_contracts.sdist_backend import zip_members
from tests.fuzz import costly, seeds

DIST_INFO = dist_info_of(seeds.WHEEL)
MEMBERS = wheel_members(seeds.WHEEL)
DOCUMENTS = ("RECORD", "WHEEL", "entry_points.txt", "METADATA")


def render(text: str, content_type: str) -> RenderedDescription:
    """Render nothing: the renderer is other people's code, in a process of its own."""
    return RenderedDescription("")


def wheel(data: bytes) -> None:
    """Read *data* as a wheel."""
    try:
        inspect_distribution(seeds.WHEEL.filename, io.BytesIO(data), PUBLIC, render)
    except Invalid as error:
        assert str(error)


def sdist(data: bytes) -> None:
    """Read *data* as an sdist."""
    try:
        inspect_distribution(seeds.SDIST.filename, io.BytesIO(data), PUBLIC, render)
    except Invalid as error:
        assert str(error)


def tar(data: bytes) -> None:
    """Read *data* as what an sdist compresses: a damaged gzip would hide most of it."""
    sdist(gzip.compress(data, 1, mtime=0))


def names(data: bytes) -> None:
    """Read a sound tar whose members have the lines of *data* as names, the first letter as kind."""
    members = []
    for line in data.decode("utf-8", "surrogateescape").split("\n")[:1000]:
        name, _, link = line[1:].partition(">")
        members.append(TarMember(name=name, link=link, kind=line[:1].encode("utf-8", "surrogateescape")[:1]))
    sdist(write_tar_gz(members))


def documents(data: bytes) -> None:
    """Read a sound wheel with what *data* has, between NULs, as its RECORD, WHEEL and so on."""
    changed = dict(zip(DOCUMENTS, data.split(b"\0", len(DOCUMENTS) - 1), strict=False))
    members = {**MEMBERS, **{f"{DIST_INFO}/{name}": content for name, content in changed.items() if content}}
    wheel(zip_members([*members.items()]))


if __name__ == "__main__":
    run(
        {
            b"w": (wheel, lambda: chain(seeds.wheels(), costly.zips())),
            b"s": (sdist, lambda: chain(seeds.sdists(), costly.sdists())),
            b"t": (tar, lambda: chain(seeds.tars(), costly.tars())),
            b"n": (names, seeds.member_names),
            b"d": (documents, lambda: seeds.documents(MEMBERS, DIST_INFO)),
        }
    )
