"""
Malformed distributions and forms, made up by hypothesis from sound ones.

Each strategy starts from what is in order and damages it a few times: fields of headers are
told otherwise, pieces of the bytes are flipped, cut out, doubled or exchanged.  Some of what
comes out is in order still; whoever takes it must be right about that too.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st
from msgspec.structs import replace

from damage.raw_tars import TarMember, members_of, write_tar, write_tar_gz
from damage.raw_zips import (
    EndRecord,
    ZipEntry,
    entries_of,
    write_zip,
    zip64_end,
    zip64_extra,
)
from damage.reworking import with_metadata
from pypi_contracts.builders import BuiltDistribution

T = TypeVar("T")
Change = Callable[[T], T]
Fields = list[tuple[str, str]]

_ODD_NUMBERS = st.sampled_from([0, 1, 7, 8, 46, 0x7FFF, 0xFFFE, 0xFFFF])
_ODD_SIZES = st.sampled_from([0, 1, 2, 100, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF]) | st.integers(0, 2000)
_ODD_NAMES = st.sampled_from(
    [
        b"",
        b"/",
        b"..",
        b"../x",
        b"a/",
        b"a\\b",
        b"C:a",
        b"sample.py",
        b"SAMPLE.PY",
        b"\xff",
        b"\0",
        b"x" * 600,
    ]
)
_EXTRAS = st.sampled_from(
    [b"", b"\0", b"\x01\0", bytes(4), zip64_extra(), zip64_extra(1), zip64_extra(1, 2, 3), b"\x75\x70\x09\0"]
) | st.binary(max_size=40)
_TEXTS = st.sampled_from(
    ["", " ", "UNKNOWN", "x" * 2000, "1.0", "0" * 5000, "\u2028", "\r", "\0", "<script>", "a @ https://x"]
) | st.text(max_size=30).map(lambda text: text.replace("\n", " "))


def damaged_bytes(sound: bytes, most: int = 3) -> st.SearchStrategy[bytes]:
    """Return *sound* with up to *most* pieces flipped, cut out, doubled, inserted or exchanged."""
    position = st.integers(0, max(len(sound) - 1, 0))
    flipped = st.tuples(position, st.integers(1, 255)).map(_flip)
    cut = st.tuples(position, st.integers(1, 200)).map(_cut)
    doubled = st.tuples(position, st.integers(1, 200)).map(_double)
    inserted = st.tuples(position, st.binary(min_size=1, max_size=20)).map(_insert)
    exchanged = st.tuples(position, position, st.integers(1, 60)).map(_exchange)
    truncated = position.map(_truncate)
    return _changed(sound, [flipped, flipped, cut, doubled, inserted, exchanged, truncated], most)


def damaged_wheels(wheel: BuiltDistribution) -> st.SearchStrategy[BuiltDistribution]:
    """Return *wheel* with ZIP structures that lie, or with damaged bytes."""
    sound = entries_of(wheel.content)
    number = st.integers(0, len(sound) - 1)
    entry_fields = st.one_of(
        st.tuples(st.just("name"), _ODD_NAMES),
        st.tuples(st.sampled_from(["size", "packed_size", "crc"]), _ODD_SIZES),
        st.tuples(st.sampled_from(["method", "flags"]), _ODD_NUMBERS),
        st.tuples(st.just("extra"), _EXTRAS),
        st.tuples(st.just("comment"), st.binary(max_size=5)),
        st.tuples(st.just("attributes"), st.integers(0, 0xFFFF).map(lambda mode: mode << 16)),
        st.tuples(st.just("packed"), st.binary(max_size=50)),
        st.tuples(st.just("behind"), st.binary(max_size=20)),
        st.tuples(st.sampled_from(["in_stream", "in_directory"]), st.booleans()),
    )
    told = st.tuples(number, entry_fields).map(_tell)
    locally = st.tuples(number, entry_fields.filter(lambda field: field[0] in _LOCAL)).map(_tell_locally)
    moved = st.tuples(number, number).map(_move_entry)
    repeated = st.tuples(number, number).map(_repeat_entry)
    left_out = number.map(_leave_out_entry)
    entries = _changed(sound, [told, told, locally, locally, moved, repeated, left_out], 3)
    ends = st.builds(
        EndRecord,
        disk=st.sampled_from([0, 0, 0, 1, 0xFFFF]),
        entries=st.none() | _ODD_NUMBERS,
        entries_on_disk=st.none() | _ODD_NUMBERS,
        directory_size=st.none() | _ODD_SIZES,
        directory_offset=st.none() | _ODD_SIZES,
        comment=st.sampled_from([b"", b"", b"x"]),
        before=st.sampled_from([b"", b"", b"x", zip64_end(4, 100, 100), wheel.content[-22:]]),
        after=st.sampled_from([b"", b"", b"x", wheel.content[-22:]]),
    )
    structures = st.builds(write_zip, entries, st.just(EndRecord()) | ends)
    return (structures | damaged_bytes(wheel.content)).map(lambda content: replace(wheel, content=content))


def damaged_sdists(sdist: BuiltDistribution) -> st.SearchStrategy[BuiltDistribution]:
    """Return *sdist* with tar headers that lie, or with damaged bytes of the tar or of the gzip."""
    sound = members_of(sdist.content)
    top = sound[0].name.partition("/")[0]
    odd_names = st.sampled_from(
        ["", "/", "..", f"{top}/../..", f"/{top}/x", "x", f"{top}/a\nb", f"{top}/" + "x" * 400]
    )
    members = st.builds(
        TarMember,
        name=odd_names | st.text(max_size=8).map(lambda text: f"{top}/{text}"),
        content=st.binary(max_size=20),
        kind=st.sampled_from([bytes([kind]) for kind in b"0\x001234567SKLxgZ"]),
        link=st.sampled_from(["", "x", "../..", "/etc", f"{top}/PKG-INFO"]),
        mode=st.sampled_from([0o644, 0o4755, 0o777, 0]),
        size=st.none() | st.sampled_from([0, 1, 511, 512, 8**11 - 1]),
        raw_size=st.none() | st.binary(max_size=12),
        pax_headers=st.dictionaries(
            st.sampled_from(["path", "size", "linkpath", "GNU.sparse.major", "GNU.sparse.map", "mtime", "x"]),
            st.sampled_from(["", "0", "-1", "1", "9" * 30, f"{top}/y", "../y", "nonsense"]),
            max_size=2,
        ),
    )  # fmt: skip
    further = st.tuples(st.integers(0, len(sound)), st.lists(members, min_size=1, max_size=2)).map(
        lambda places: write_tar_gz([*sound[: places[0]], *places[1], *sound[places[0] :]])
    )
    tars = damaged_bytes(write_tar(sound)).map(lambda tar: gzip.compress(tar, mtime=0))
    return (further | further | tars | damaged_bytes(sdist.content)).map(
        lambda content: replace(sdist, content=content)
    )


def damaged_metadata(distribution: BuiltDistribution) -> st.SearchStrategy[BuiltDistribution]:
    """Return *distribution* with other headers in its metadata, in order within its archive."""
    names = st.sampled_from(_HEADERS) | st.text(max_size=12)
    lines = st.tuples(names, _TEXTS).map(
        lambda header: f"{header[0]}: {header[1]}".encode("utf-8", "replace")
    )
    line = lines | lines | st.binary(max_size=30)
    sound = distribution.metadata.split(b"\n")
    position = st.integers(0, len(sound) - 1)
    inserted = st.tuples(position, line).map(_insert_item)
    replaced = st.tuples(position, line).map(_replace_item)
    left_out = position.map(_leave_out_line)
    changed = _changed(sound, [inserted, inserted, replaced, left_out], 4).map(b"\n".join)
    return (changed | changed | damaged_bytes(distribution.metadata)).map(
        lambda metadata: with_metadata(distribution, metadata)
    )


def damaged_fields(sound: Fields) -> st.SearchStrategy[Fields]:
    """Return a form with fields of other values, left out, repeated, or that nobody knows."""
    names = st.sampled_from([*(name for name, _ in sound), *_FORM_FIELDS]) | st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=8
    )
    field = st.tuples(names, _TEXTS)
    position = st.integers(0, len(sound) - 1)
    inserted = st.tuples(position, field).map(_insert_item)
    replaced = st.tuples(position, _TEXTS).map(_revalue)
    repeated = position.map(lambda at: lambda items: [*items, *items[at : at + 1]])
    return _changed(sound, [inserted, replaced, replaced, repeated, position.map(_leave_out)], 3)


_LOCAL = ("name", "size", "packed_size", "crc", "method", "flags", "extra")
_HEADERS = (
    "Metadata-Version", "Name", "Version", "Dynamic", "Platform", "Summary", "Description", "Keywords",
    "Description-Content-Type", "Author-email", "License", "License-Expression", "License-File", "Classifier",
    "Requires-Dist", "Requires-Python", "Project-URL", "Home-page", "Provides-Extra", "Provides-Dist",
    "Import-Name", "Import-Namespace", "Requires", "Obsoletes", "Content-Transfer-Encoding", "Content-Type",
    "MIME-Version",
)  # fmt: skip
_FORM_FIELDS = (
    "attestations", "classifiers", "requires_dist", "provides_extra", "project_urls", "license_expression",
    "license", "license_file", "dynamic", "import_name", "keywords", "comment", "protocol_version",
    "requires_python", "description", "author_email", "home_page", "content", "gpg_signature", ":action",
)  # fmt: skip


def _changed(sound: T, changes: Sequence[st.SearchStrategy[Change[T]]], most: int) -> st.SearchStrategy[T]:
    def apply(chosen: list[Change[T]]) -> T:
        changed = sound
        for change in chosen:
            changed = change(changed)
        return changed

    return st.lists(st.one_of(*changes), min_size=1, max_size=most).map(apply)


def _flip(where: tuple[int, int]) -> Change[bytes]:
    at, mask = where
    return lambda raw: raw[:at] + bytes(each ^ mask for each in raw[at : at + 1]) + raw[at + 1 :]


def _cut(where: tuple[int, int]) -> Change[bytes]:
    at, length = where
    return lambda raw: raw[:at] + raw[at + length :]


def _double(where: tuple[int, int]) -> Change[bytes]:
    at, length = where
    return lambda raw: raw[: at + length] + raw[at:]


def _insert(what: tuple[int, bytes]) -> Change[bytes]:
    at, piece = what
    return lambda raw: raw[:at] + piece + raw[at:]


def _exchange(where: tuple[int, int, int]) -> Change[bytes]:
    first, second = sorted(where[:2])
    length = min(where[2], second - first)

    def exchange(raw: bytes) -> bytes:
        one, other = raw[first : first + length], raw[second : second + length]
        return raw[:first] + other + raw[first + length : second] + one + raw[second + length :]

    return exchange


def _truncate(at: int) -> Change[bytes]:
    return lambda raw: raw[:at]


def _tell(what: tuple[int, tuple[str, object]]) -> Change[list[ZipEntry]]:
    at, (field, value) = what
    return lambda entries: [
        replace(each, **{field: value}) if number == at else each for number, each in enumerate(entries)
    ]


def _tell_locally(what: tuple[int, tuple[str, object]]) -> Change[list[ZipEntry]]:
    at, (field, value) = what
    return _tell((at, ("local", {field: value})))


def _move_entry(where: tuple[int, int]) -> Change[list[ZipEntry]]:
    source, target = where

    def move(entries: list[ZipEntry]) -> list[ZipEntry]:
        rest = [*entries[:source], *entries[source + 1 :]]
        return [*rest[:target], *entries[source : source + 1], *rest[target:]]

    return move


def _repeat_entry(where: tuple[int, int]) -> Change[list[ZipEntry]]:
    source, target = where
    return lambda entries: [*entries[:target], *entries[source : source + 1], *entries[target:]]


def _leave_out_entry(at: int) -> Change[list[ZipEntry]]:
    return _leave_out(at)


def _leave_out_line(at: int) -> Change[list[bytes]]:
    return _leave_out(at)


def _leave_out(at: int) -> Change[list[T]]:
    return lambda items: [*items[:at], *items[at + 1 :]]


def _insert_item(what: tuple[int, T]) -> Change[list[T]]:
    at, item = what
    return lambda items: [*items[:at], item, *items[at:]]


def _replace_item(what: tuple[int, T]) -> Change[list[T]]:
    at, item = what
    return lambda items: [*items[:at], item, *items[at + 1 :]]


def _revalue(what: tuple[int, str]) -> Change[Fields]:
    at, value = what
    return lambda items: [
        (name, value) if number == at else (name, old) for number, (name, old) in enumerate(items)
    ]
