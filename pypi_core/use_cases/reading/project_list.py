"""The list of all projects of the Simple API, rendered in segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from pypi_core.domain.entities import ListedProject, Segment, Serial
from pypi_core.ports.pages import PageKind
from pypi_core.ports.transactions import Snapshot
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


class ListForm(msgspec.Struct, frozen=True, kw_only=True):
    """
    A form that the list can take, whose *name* no other form has.

    *frame* makes what stands around the segments of a list that is as of a serial; *segment*
    makes the bytes of one.
    """

    name: str
    frame: Callable[[Serial], ListFrame]
    segment: Callable[[Sequence[ListedProject]], bytes]


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


class KeptSegments:
    """
    The segments of the list, each of about 1,000 projects.

    Each is rendered and compressed once and kept, in its compressed form, until something in it
    changes: after an upload one is rendered again.  As long as nothing at all changes, the whole list is
    the one that was put together last.
    """

    def __init__(self) -> None:
        # One entry for each segment and form.  Threads may both render one: either result is right.
        self._rendered: dict[tuple[str, int], tuple[Serial, RenderedSegment]] = {}
        self._lists: dict[str, ProjectList] = {}

    def list_in_form(self, snapshot: Snapshot, form: ListForm) -> ProjectList:
        """Return the list of all projects as of *snapshot*."""
        serial = snapshot.journal.last_serial()
        is_private = snapshot.record.settings.is_private
        listed = self._lists.get(form.name)
        # Whatever changes a segment takes a serial.
        if listed and (listed.serial, listed.private) == (serial, is_private):
            return listed
        segments = tuple(self._segment(snapshot, form, each) for each in snapshot.projects.segments())
        frame = form.frame(serial)
        listed = ProjectList(
            serial=serial,
            etag=list_etag(frame, (each.digest for each in segments)),
            private=is_private,
            frame=frame,
            segments=segments,
        )
        self._lists[form.name] = listed
        return listed

    def _segment(self, snapshot: Snapshot, form: ListForm, segment: Segment) -> RenderedSegment:
        kept = self._rendered.get((form.name, segment.number))
        if kept and kept[0] == segment.serial:
            return kept[1]
        rendered = render_segment(form.segment(snapshot.projects.in_segment(segment.number)))
        self._rendered[form.name, segment.number] = (segment.serial, rendered)
        return rendered


FORMS: Mapping[PageKind, ListForm] = {
    PageKind.SIMPLE_JSON: ListForm(name="json", frame=json_frame, segment=list_segment_as_json),
    PageKind.SIMPLE_HTML: ListForm(name="html", frame=html_frame, segment=list_segment_as_html),
}
