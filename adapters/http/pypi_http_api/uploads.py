"""
The legacy upload API: one form with one file, which is never held in memory.

See docs/reference/standards/upload-form.md#order-of-checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.permissions import require_known
from pypi_core.domain.uploads import check_form_metadata
from pypi_core.errors import (
    ConcurrentChange,
    Gone,
    InvalidForm,
    PackageIndexError,
    StagedContentNotFound,
    Unavailable,
)
from pypi_core.index import Index
from pypi_core.use_cases.documentation.publish_documentation import DocumentationOutcome
from pypi_core.use_cases.publishing.publish_file import PublishOutcome
from pypi_http_api.bodies import ClientLeft, body_chunks
from pypi_http_api.described import Described, Query
from pypi_http_api.documentation_form import DOC_UPLOAD, documentation_reply
from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.pools import Pools
from pypi_http_api.rate_limit_headers import standing_headers
from pypi_http_api.receiving import ReceivedFile
from pypi_http_api.replies import Reply, text_reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.upload_form import UploadForm, boundary_of
from pypi_protocol.errors import Problem

_ACTION = ":action"
_GONE = {
    "submit": "Projects need not be registered before their first upload: just upload the file.",
    "submit_pkg_info": "Projects need not be registered before their first upload: just upload the file.",
}


def upload_endpoints(pools: Pools, settings: HttpSettings) -> Sequence[ControllerRouterHandler]:
    """Return the route of uploads."""
    return [endpoint("/legacy", Uploads(pools, settings).receive, "POST", described=_UPLOAD)]


_UPLOAD = Described(
    summary="Publish a wheel or sdist, or verify it",
    tag="Upload API",
    types=("text/plain",),
    query={_ACTION: Query(description="file_upload or verify; it may stand in the form as well.")},
    body=("multipart/form-data",),
    moves=True,
    refusals=(410, 413, 415),
    slash=True,
)


class Uploads:
    """Receives forms; *check_action* refuses those that say that they are for something else."""

    def __init__(
        self, pools: Pools, settings: HttpSettings, check_action: Callable[[str], None] | None = None
    ) -> None:
        self._pools = pools
        self._settings = settings
        self._check_action = check_action or _check_action

    async def receive(self, request: IndexRequest) -> ASGIApp:
        """Receive one upload and publish it."""
        if request.segments != ["legacy", ""]:
            return _slash_missing(request)
        return await self.receive_form(request)

    async def receive_form(self, request: IndexRequest) -> ASGIApp:
        """Receive what a form says and do it; raises what publishing it does."""
        # Nothing of the body is read before: `Expect: 100-continue` is answered by a refusal.
        require_known(request.actor)
        action = request.query_value(_ACTION)
        if action is not None:
            self._check_action(action)
        limit = request.index.limit_uploads
        # Before the body too.  Nothing is counted yet: publishing does that in its own transaction.
        if limit.concerns(request.actor):
            await self._pools.read(limit.require_room, request.actor)
        try:
            outcome = await self._received(request, action)
        except (Unavailable, ConcurrentChange, StagedContentNotFound):
            # Not what the client did wrong: they are to send it again.
            raise
        except (PackageIndexError, ClientLeft):
            await self._pools.write(limit.count_unpublished, request.actor)
            raise
        if not isinstance(outcome, tuple) and outcome.created:
            standing = outcome.standing
        else:
            standing = await self._pools.write(limit.count_unpublished, request.actor)
        if isinstance(outcome, DocumentationOutcome):
            return documentation_reply(request, outcome, standing)
        warnings = outcome if isinstance(outcome, tuple) else outcome.warnings
        return text_reply("\n".join(warnings), headers=standing_headers(standing))

    async def _received(
        self, request: IndexRequest, action: str | None
    ) -> PublishOutcome | DocumentationOutcome | tuple[str, ...]:
        """Receive the body and do what it says; where nothing was to be published return the warnings."""
        form = UploadForm(
            boundary_of(request.header(b"content-type")),
            largest_form=self._settings.largest_form,
            most_parts=self._settings.most_form_parts,
        )
        async with ReceivedFile(request, form, self._pools, action) as file:
            async for chunk in body_chunks(request):
                form.feed(chunk)
                if file.is_due:
                    if action is None and _ACTION in form.fields:
                        self._check_action(form.fields[_ACTION][0])
                    await file.store()
            form.close()
            action = action or next(iter(form.fields.get(_ACTION, [])), "")
            self._check_action(action)
            if action == "file_upload":
                return await file.publish()
            if action == DOC_UPLOAD:
                return await file.publish_documentation()
            if form.filename is not None:
                return await file.verify()
            await self._pools.read(_verify_metadata, request.index, form)
            return ()


def _check_action(action: str) -> None:
    if action in _GONE:
        raise Gone(_GONE[action])
    if action not in {"file_upload", "verify", DOC_UPLOAD}:
        raise InvalidForm(Problem(_ACTION, f"Unknown :action {action[:60]!r}: send file_upload."))


def _verify_metadata(index: Index, form: UploadForm) -> None:
    """
    Check the metadata of a form that comes without a file, as tools of old do it.

    Raises:
        InvalidForm: As for a form that uploads.
    """
    check_form_metadata(form.fields, index.reading.record().settings.rules)


def _slash_missing(request: IndexRequest) -> Reply:
    # uv does not join it to the URL it knows, so it has to be absolute.
    location = f"{request.base_url}/legacy/{request.query}"
    reply = text_reply(f"Upload to {request.base_url}/legacy/ (with a slash at its end).\n", status=308)
    return Reply(
        status=308, headers=(*reply.headers, (b"location", location.encode("latin-1"))), body=reply.body
    )
