"""The file of an upload on its way from the connection into the staging area."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeVar

from pypi_core.domain.accounts import Actor
from pypi_core.domain.documentation import LARGEST_ARCHIVE
from pypi_core.domain.uploads import Upload, parse_upload
from pypi_core.errors import FileTooLarge, Invalid
from pypi_core.index import Index
from pypi_core.ports.blobs import Arrival, StagedContent
from pypi_core.use_cases.documentation.publish_documentation import DocumentationOutcome
from pypi_core.use_cases.publishing.publish_file import PublishOutcome
from pypi_http_api.bodies import content_length
from pypi_http_api.documentation_form import DOC_UPLOAD, authorise_documentation, publish_documentation
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.pools import Pools
from pypi_http_api.upload_form import UploadForm

T = TypeVar("T")

PIECE: Final = 1024 * 1024
"""How many bytes are staged at a time; a smaller file is staged and published in one go."""


class ReceivedFile:
    """
    Stages the file of *form* piece by piece, and publishes it.

    While one piece is hashed and written in a thread, the next one arrives.  Leaving the
    block forgets what was staged, unless it was published.
    """

    def __init__(
        self, request: IndexRequest, form: UploadForm, pools: Pools, action: str | None = None
    ) -> None:
        self._index: Index = request.index
        self._actor: Actor = request.actor
        self._caller = request.caller
        self._body_length = content_length(request)
        self._form = form
        self._action = action
        self._pools = pools
        self._arrival: Arrival | None = None
        self._welcome: _Welcome | None = None
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._writing is not None:
            # An arrival is not to be used from two threads at once.
            await asyncio.wait([self._writing])
            self._writing.exception()
        if self._arrival is not None:
            await self._pools.write(self._arrival.discard)

    @property
    def is_due(self) -> bool:
        """Whether enough has arrived to be stored."""
        return self._form.waiting >= PIECE

    async def store(self) -> None:
        """
        Stage what waits in the form; before the first bytes ask whether they are welcome.

        Raises:
            FileTooLarge: The file is larger than the index permits.
            Forbidden: The actor may not upload it.
        """
        if self._welcome is None:
            action = self._action or next(iter(self._form.fields.get(":action", [])), None)
            ask = _welcome_documentation if action == DOC_UPLOAD else _welcome
            self._welcome = await self._pools.read(ask, self._index, self._actor, self._form)
        # What the form has beside its file is smaller than what is let through here.
        expected = (self._body_length or 0) - self._form.largest_form
        if max(self._form.content_size, expected) > self._welcome.largest:
            raise FileTooLarge(self._welcome.largest, self._welcome.project)
        await self._written()
        if self._arrival is None:
            self._arrival = await self._pools.write(self._index.staging.begin)
        piece = self._form.take()
        self._writing = asyncio.ensure_future(self._pools.write(self._arrival.append, piece))

    async def publish(self) -> PublishOutcome:
        """Publish the file, now that the form has ended; raises what `PublishFile` does."""
        await self._written()
        # From here on the thread sees to it, also if nobody waits for it any more.
        arrival, self._arrival = self._arrival, None
        return await self._publishing(_publish, arrival)

    async def verify(self) -> tuple[str, ...]:
        """Make every check that publishing makes, and return what there is to say; nothing is stored."""
        await self._written()
        arrival, self._arrival = self._arrival, None
        return await self._publishing(_verify, arrival)

    async def publish_documentation(self) -> DocumentationOutcome:
        """Publish the file as documentation; raises what `PublishDocumentation` does."""
        await self._written()
        arrival, self._arrival = self._arrival, None
        return await self._publishing(_publish_documentation, arrival)

    async def _publishing(
        self, publish: Callable[[Index, Actor, UploadForm, Arrival | None], T], arrival: Arrival | None
    ) -> T:
        return await self._pools.write_for(
            self._caller, publish, self._index, self._actor, self._form, arrival
        )

    async def _written(self) -> None:
        if self._writing is not None:
            # Not awaited itself: that would cancel it together with the request.
            await asyncio.wait([self._writing])
            self._writing.result()
            self._writing = None


class _Welcome(NamedTuple):
    """The largest file that may come, and the name of its project if it is known already."""

    largest: int
    project: str | None


def _welcome(index: Index, actor: Actor, form: UploadForm) -> _Welcome:
    settings = index.reading.record().settings
    try:
        upload = parse_upload(form.fields, form.filename, form.content_type, settings.rules)
    except Invalid:
        # Parts may come in any order, so what is missing may follow the file.
        return _Welcome(settings.largest_file, None)
    index.publish_file.authorise(actor, upload)
    return _Welcome(settings.largest_file, upload.name)


def _welcome_documentation(index: Index, actor: Actor, form: UploadForm) -> _Welcome:
    try:
        return _Welcome(LARGEST_ARCHIVE, authorise_documentation(index, actor, form))
    except Invalid:
        # As above; what is wrong is told when the form has ended.
        return _Welcome(LARGEST_ARCHIVE, None)


def _publish(index: Index, actor: Actor, form: UploadForm, arrival: Arrival | None) -> PublishOutcome:
    with _staged(index, form, arrival) as (upload, staged):
        return index.publish_file(actor, upload, staged)


def _verify(index: Index, actor: Actor, form: UploadForm, arrival: Arrival | None) -> tuple[str, ...]:
    with _staged(index, form, arrival) as (upload, staged):
        return index.publish_file.verify(actor, upload, staged)


@contextmanager
def _staged(
    index: Index, form: UploadForm, arrival: Arrival | None
) -> Iterator[tuple[Upload, StagedContent]]:
    """Read the form and finish the file; the bytes are forgotten in the end, unless they were adopted."""
    with _finished(index, form, arrival) as finish:
        rules = index.reading.record().settings.rules
        yield parse_upload(form.fields, form.filename, form.content_type, rules), finish()


def _publish_documentation(
    index: Index, actor: Actor, form: UploadForm, arrival: Arrival | None
) -> DocumentationOutcome:
    with _finished(index, form, arrival) as finish:
        return publish_documentation(index, actor, form, finish())


@contextmanager
def _finished(
    index: Index, form: UploadForm, arrival: Arrival | None
) -> Iterator[Callable[[], StagedContent]]:
    """Let the file be finished, with what waits in the form; in the end its bytes are forgotten."""

    def finish() -> StagedContent:
        nonlocal arrival
        arrival = arrival or index.staging.begin()
        if form.waiting:
            arrival.append(form.take())
        return arrival.finish()

    try:
        yield finish
    finally:
        if arrival is not None:
            arrival.discard()
