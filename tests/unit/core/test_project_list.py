"""The project list: entries, joined segments in both codings, lengths known beforehand."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypi_simple import IndexPage

from pypi_core.domain.entities import ListedProject, Serial
from pypi_core.domain.names import normalize, parse_display_name
from pypi_core.simple_api.crc32 import crc32_combine
from pypi_core.simple_api.project_list import (
    ListFrame,
    RenderedSegment,
    gzip_length,
    gzip_stream,
    html_frame,
    identity_length,
    identity_stream,
    json_frame,
    list_etag,
    list_segment_as_html,
    list_segment_as_json,
    render_segment,
)


def _listed(name: str, serial: int = 7) -> ListedProject:
    display_name = parse_display_name(name)
    return ListedProject(name=normalize(display_name), display_name=display_name, serial=Serial(serial))


_SEGMENTS = [[], [_listed("Foo.Bar", 77), _listed("attrs")], [], [_listed("zope.interface", 123)], []]


def _bodies(frame: ListFrame, bodies: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the whole body as sent without coding, and as sent in gzip form."""
    rendered = [render_segment(body) for body in bodies]
    return b"".join(identity_stream(frame, rendered)), b"".join(gzip_stream(frame, rendered))


def _unzipped(compressed: bytes) -> bytes:
    """Return the content of *compressed*, which must be exactly one gzip member."""
    reader = zlib.decompressobj(31)
    content = reader.decompress(compressed)
    assert reader.eof
    assert reader.unused_data == b""
    assert gzip.decompress(compressed) == content
    return content


def test_the_list_as_json() -> None:
    body, compressed = _bodies(json_frame(Serial(123)), [list_segment_as_json(each) for each in _SEGMENTS])

    assert json.loads(body) == {
        "meta": {"api-version": "1.4", "_last-serial": 123},
        "projects": [
            {"name": "Foo.Bar", "_last-serial": 77},
            {"name": "attrs", "_last-serial": 7},
            {"name": "zope.interface", "_last-serial": 123},
        ],
    }
    assert _unzipped(compressed) == body


def test_the_list_as_html_has_one_relative_well_formed_anchor_per_line() -> None:
    body, compressed = _bodies(html_frame(Serial(123)), [list_segment_as_html(each) for each in _SEGMENTS])

    lines = [line for line in body.decode().splitlines() if "<a " in line]
    anchors = [ET.fromstring(line.removesuffix("<br>")) for line in lines]
    assert [(each.attrib["href"], each.text) for each in anchors] == [
        ("foo-bar/", "Foo.Bar"),
        ("attrs/", "attrs"),
        ("zope-interface/", "zope.interface"),
    ]
    assert body.startswith(b"<!DOCTYPE html>\n")
    assert b'<meta name="pypi:repository-version" content="1.4">' in body
    assert body.endswith(b"<!--SERIAL 123-->\n")
    assert _unzipped(compressed) == body


@pytest.mark.parametrize("segments", [[], [[]], [[], [], []]])
def test_an_empty_index_has_an_empty_list(segments: list[list[ListedProject]]) -> None:
    body, compressed = _bodies(json_frame(Serial(0)), [list_segment_as_json(each) for each in segments])

    assert json.loads(body) == {"meta": {"api-version": "1.4", "_last-serial": 0}, "projects": []}
    assert _unzipped(compressed) == body


def test_both_forms_list_the_same_projects() -> None:
    as_json, _ = _bodies(json_frame(Serial(9)), [list_segment_as_json(each) for each in _SEGMENTS])
    as_html, _ = _bodies(html_frame(Serial(9)), [list_segment_as_html(each) for each in _SEGMENTS])

    from_json = IndexPage.from_json_data(json.loads(as_json))
    from_html = IndexPage.from_html(as_html, from_encoding="utf-8")

    assert from_json.projects == from_html.projects == ["Foo.Bar", "attrs", "zope.interface"]
    assert from_json.repository_version == from_html.repository_version == "1.4"
    assert from_json.last_serial == "9"


_BODIES = st.binary(max_size=200) | st.builds(
    lambda part, times: part * times, st.binary(), st.integers(0, 5000)
)


@given(
    frame=st.builds(
        ListFrame, head=_BODIES, separator=st.sampled_from([b"", b",", b",\n"]), tail=st.binary(max_size=9)
    ),
    bodies=st.lists(_BODIES, max_size=6),
)
@example(frame=ListFrame(head=b"", separator=b"", tail=b""), bodies=[])
@example(frame=ListFrame(head=b"[" * 65535, separator=b",", tail=b"]" * 65536), bodies=[b"a", b"", b"b"])
@example(frame=ListFrame(head=b"[" * 200_000, separator=b"," * 70_000, tail=b"]"), bodies=[b"a", b"b"])
def test_joined_segments_decompress_to_their_content_with_the_announced_length(
    frame: ListFrame, bodies: list[bytes]
) -> None:
    rendered = [render_segment(body) for body in bodies]
    whole = frame.head + frame.separator.join(body for body in bodies if body) + frame.tail

    identity, compressed = _bodies(frame, bodies)

    assert identity == whole == _unzipped(compressed)
    assert len(identity) == identity_length(frame, (each.body_length for each in rendered))
    assert len(compressed) == gzip_length(frame, (len(each.deflated) for each in rendered))


def test_the_streams_ask_for_one_segment_at_a_time() -> None:
    asked: list[int] = []

    def segments() -> Iterator[RenderedSegment]:
        for number in range(3):
            asked.append(number)
            yield render_segment(b"x")

    frame = json_frame(Serial(1))
    for stream in (identity_stream(frame, segments()), gzip_stream(frame, segments())):
        asked.clear()
        next(stream)
        assert asked == []
        next(stream)
        assert asked == [0]


def test_many_projects_compress_well() -> None:
    bodies = [list_segment_as_json([_listed(f"project-{n}-{k}") for k in range(1000)]) for n in range(5)]

    body, compressed = _bodies(json_frame(Serial(1)), bodies)

    assert len(compressed) < len(body) / 4


@given(st.binary(), st.binary())
@example(b"", b"")
@example(b"abc", b"\x00" * 3_000_000)
def test_the_crc_of_a_concatenation_comes_from_those_of_its_parts(first: bytes, second: bytes) -> None:
    assert crc32_combine(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(2**29, 2**34), st.integers(0, 2**34))
def test_combining_crcs_is_associative_for_huge_lengths(a: int, b: int, ab: int, c: int) -> None:
    stepwise = crc32_combine(crc32_combine(a, 0, ab), b, c)
    assert stepwise == crc32_combine(a, crc32_combine(0, b, c), ab + c)


def test_the_entity_tag_follows_each_segment_their_order_and_the_frame() -> None:
    frame, (one, two) = json_frame(Serial(1)), [render_segment(body).digest for body in (b"one", b"two")]

    tags = [
        list_etag(frame, [one, two]),
        list_etag(frame, [two, one]),
        list_etag(frame, [one]),
        list_etag(json_frame(Serial(2)), [one, two]),
    ]

    assert len(set(tags)) == len(tags)
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', tag) for tag in tags)
    assert list_etag(frame, [one, two]) == tags[0]
