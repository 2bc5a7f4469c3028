"""Read the list of all projects of the Simple API."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Segment, Serial
from pypi_core.domain.permissions import require
from pypi_core.ports.pages import PageKind
from pypi_core.ports.persistence import OpenSnapshot, Snapshot
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
from pypi_core.use_cases.governing import governed_index


class ProjectList(msgspec.Struct, frozen=True, kw_only=True):
    """
    The whole list in one form, to be sent in pieces.

    *etag* is a strong entity tag of the identity form, quotes included; *serial* is the
    newest of the index; a *private* list is for the reader alone.
    """

    serial: Serial
    etag: str
    private: bool
    frame: ListFrame
    segments: tuple[RenderedSegment, ...]

    def chunks(self, *, gzip: bool) -> Iterator[bytes]:
        """Yield the body, a segment at a time, compressed or not."""
        stream = gzip_stream if gzip else identity_stream
        return stream(self.frame, self.segments)

    def length(self, *, gzip: bool) -> int:
        """Return how many bytes `chunks` yields."""
        if gzip:
            return gzip_length(self.frame, (len(each.deflated) for each in self.segments))
        return identity_length(self.frame, (each.body_length for each in self.segments))


class ReadProjectList:
    """
    Return the list of all projects as of now.

    Each segment of about 1,000 projects is rendered and compressed once and kept, in its
    compressed form, until something in it changes: after an upload one is rendered anew.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot
        # One entry for each segment and form.  Threads may both render one: either result is right.
        self._rendered: dict[tuple[PageKind, int], tuple[Serial, RenderedSegment]] = {}

    def __call__(self, actor: Actor, kind: PageKind) -> ProjectList:
        """Return the list in the form that *kind* names, JSON or HTML."""
        with self._open_snapshot() as snapshot:
            governed = governed_index(snapshot)
            require(actor, Action.READ, governed)
            serial = snapshot.journal.last_serial()
            segments = tuple(self._segment(snapshot, kind, each) for each in snapshot.projects.segments())
        frame = json_frame(serial) if kind is PageKind.SIMPLE_JSON else html_frame(serial)
        return ProjectList(
            serial=serial,
            etag=list_etag(frame, (each.digest for each in segments)),
            private=governed.is_private,
            frame=frame,
            segments=segments,
        )

    def _segment(self, snapshot: Snapshot, kind: PageKind, segment: Segment) -> RenderedSegment:
        kept = self._rendered.get((kind, segment.number))
        if kept and kept[0] == segment.serial:
            return kept[1]
        projects = snapshot.projects.in_segment(segment.number)
        as_bytes = list_segment_as_json if kind is PageKind.SIMPLE_JSON else list_segment_as_html
        rendered = render_segment(as_bytes(projects))
        self._rendered[kind, segment.number] = (segment.serial, rendered)
        return rendered
