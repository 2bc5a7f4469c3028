"""
Forms with one file, which is never held in memory.

See docs/reference/standards/upload-form.md#order-of-checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self

from litestar.types import ASGIApp

from pypi_core.domain.permissions import require_known
from pypi_core.errors import FileTooLarge, PackageIndexError
from pypi_core.ports.blobs import Arrival
from pypi_http_api.bodies import ClientLeft, body_chunks, content_length
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.pools import Pools
from pypi_http_api.rate_limit_headers import standing_headers
from pypi_http_api.receiving.pieces import PIECE, PieceWriter
from pypi_http_api.receiving.purposes import FILE_UPLOAD, Admission, Outcome, Purpose
from pypi_http_api.replies import Reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.traffic import noted_of
from pypi_http_api.upload_form import UploadForm, boundary_of

ACTION: Final = ":action"


class FormReceiver:
    """
    Receives forms and does what their ``:action`` says, which stands in the query or in the form.

    Args:
        purposes: What a form may be for, by action.
        other: Answers a form that is for something else, or refuses it.
    """

    def __init__(
        self,
        pools: Pools,
        settings: HttpSettings,
        purposes: Mapping[str, Purpose],
        other: Callable[[IndexRequest, str], Reply],
    ) -> None:
        self._pools = pools
        self._settings = settings
        self._purposes = purposes
        self._other = other

    async def receive(self, request: IndexRequest) -> ASGIApp:
        """
        Receive a form and do what it says.

        Raises:
            PackageIndexError: Whatever doing it raises.
        """
        # Nothing of the body is read before: `Expect: 100-continue` is answered by a refusal.
        action = request.query_value(ACTION)
        if action is not None and action not in self._purposes:
            return self._other(request, action)
        limit = request.index.limit_uploads
        # Before the body too.  Nothing is counted yet: publishing does that in its own transaction.
        if limit.concerns(request.actor):
            await self._pools.read(limit.require_room, request.actor)
        try:
            with noted_of(request.scope).uploading():
                outcome = await self._received(request, action)
        except (PackageIndexError, ClientLeft) as error:
            await self._pools.end(limit.count_failure, request.actor, error)
            raise
        if isinstance(outcome, Reply):
            return outcome
        standing = outcome.standing
        if not outcome.was_counted:
            standing = await self._pools.end(limit.count_unpublished, request.actor)
        reply = outcome.reply
        return Reply(
            status=reply.status, headers=(*reply.headers, *standing_headers(standing)), body=reply.body
        )

    async def _received(self, request: IndexRequest, action: str | None) -> Outcome | Reply:
        form = UploadForm(
            boundary_of(request.header(b"content-type")),
            largest_form=self._settings.largest_form,
            most_parts=self._settings.most_form_parts,
        )
        async with FormFile(request, form, self._pools) as file:
            async for chunk in body_chunks(request):
                form.feed(chunk)
                action = action or next(iter(form.fields.get(ACTION, [])), None)
                if action is not None and action not in self._purposes:
                    # Nothing of the rest is needed to say no.
                    return self._other(request, action)
                if file.is_due:
                    require_known(request.actor)
                    await file.store(self._purposes.get(action or "", FILE_UPLOAD))
            form.close()
            purpose = self._purposes.get(action or "")
            if purpose is None:
                return self._other(request, action or "")
            require_known(request.actor)
            return await file.finish(purpose)


class FormFile:
    """
    Stages the file of *form* piece by piece.

    A file smaller than a piece is staged and published in one go.  Leaving the block forgets what was
    staged, unless `finish` was called.
    """

    def __init__(self, request: IndexRequest, form: UploadForm, pools: Pools) -> None:
        self._request = request
        self._form = form
        self._pools = pools
        self._admission: Admission | None = None
        self._arrival: Arrival | None = None
        self._writer: PieceWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._writer is not None:
            await self._writer.settle()
        if self._arrival is not None:
            await self._pools.end(self._arrival.discard)

    @property
    def is_due(self) -> bool:
        """Whether enough has arrived to be stored."""
        return self._form.waiting >= PIECE

    async def store(self, purpose: Purpose) -> None:
        """
        Stage what waits in the form; before the first bytes ask whether they may come.

        Raises:
            FileTooLarge: The file is larger than the index permits.
            Forbidden: The actor may not upload it.
        """
        if self._admission is None:
            self._admission = await self._pools.read(purpose.admit, self._request, self._form)
        # What the form has beside its file is smaller than what is let through here.
        expected = (content_length(self._request) or 0) - self._form.largest_form
        if max(self._form.content_size, expected) > self._admission.largest:
            raise FileTooLarge(self._admission.largest, self._admission.project)
        if self._arrival is None:
            self._arrival = await self._pools.write(self._request.index.staging.begin, resumable=False)
            self._writer = PieceWriter(self._arrival.append, self._pools)
        if self._writer is not None:
            await self._writer.write(self._form.take())

    async def finish(self, purpose: Purpose) -> Outcome:
        """Do what the form is for, now that it has ended; raises what that does."""
        if self._writer is not None:
            await self._writer.flush()
        # From here on the thread sees to it, also if nobody waits for it any more.
        arrival, self._arrival = self._arrival, None
        return await self._pools.write_for(
            self._request.caller, purpose.finish, self._request, self._form, arrival
        )
