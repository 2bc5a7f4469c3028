"""The legacy upload API (STANDARDS 2): ``POST /legacy/``."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from litestar import Request, post
from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.uploads import parse_upload
from pypi_core.errors import Gone, InvalidForm, Problem, Unauthenticated
from pypi_core.use_cases.publish_file import PublishOutcome
from pypi_http_api.pools import Pools
from pypi_http_api.problems import sentence_reply
from pypi_http_api.replies import Reply, text_reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.upload_form import UploadForm, boundary_of
from pypi_http_api.visits import Visit, header, visit_of

AnyRequest = Request[Any, Any, Any]

# A thread is asked once for so many bytes: hops are paid for by the piece.
_PIECE = 1024 * 1024


class _Disconnected(Exception):
    """The client hung up; there is nobody to answer."""


def upload_handlers(pools: Pools, settings: HttpSettings) -> list[ControllerRouterHandler]:
    """Return the handler of the upload endpoint."""

    @post("/legacy/", status_code=200, summary="Publish a file")
    async def upload(request: AnyRequest) -> ASGIApp:
        visit = visit_of(request.scope)
        if visit.path != "/legacy/":
            return _with_slash(request, visit)
        # Before anything is read: a client that waits for `100 Continue` sends no byte of its file.
        if visit.actor.is_anonymous:
            raise Unauthenticated
        boundary = boundary_of(header(request.scope, b"content-type"))
        record = await pools.read(visit.index.read_settings)
        form = UploadForm(
            boundary,
            visit.index.staging,
            largest_file=record.settings.largest_file,
            largest_form=settings.largest_form,
            most_parts=settings.most_form_parts,
        )
        try:
            rest = await _receive(request, pools, form)
            outcome = await pools.write(_publish, visit, form, rest)
        except _Disconnected:
            return text_reply(400, "The client hung up.")
        finally:
            await pools.write(form.discard)
        return text_reply(200, "\n".join(outcome.warnings))

    return [upload]


async def _receive(request: AnyRequest, pools: Pools, form: UploadForm) -> bytes:
    """Feed the body to the form in pieces; return the last piece, which is yet to be fed."""
    waiting = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        if message["type"] != "http.request":
            continue
        waiting += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(waiting)
        if len(waiting) >= _PIECE:
            await pools.write(form.feed, bytes(waiting))
            waiting.clear()


def _publish(visit: Visit, form: UploadForm, rest: bytes) -> PublishOutcome:
    """Do everything that is left once the body is there, in one thread."""
    if rest:
        form.feed(rest)
    staged = form.finish()
    fields = form.fields
    _check_action(visit, fields)
    upload = parse_upload(fields, form.filename, form.content_type)
    if staged is None:
        raise InvalidForm(Problem("content", "Upload payload does not have a file: send it as 'content'."))
    return visit.index.publish_file(visit.actor, upload, staged)


def _check_action(visit: Visit, fields: dict[str, list[str]]) -> None:
    in_query = parse_qs(visit.query, max_num_fields=100).get(":action", [])
    actions = {*in_query, *fields.get(":action", ())}
    if actions == {"file_upload"}:
        return
    if actions & {"submit", "submit_pkg_info"}:
        raise Gone("Projects need not be registered before their first upload: just upload the file.")
    if "doc_upload" in actions:
        raise Gone("This index takes no documentation by this way.")
    shown = ", ".join(sorted(actions))[:60]
    raise InvalidForm(Problem(":action", f"Unknown :action {shown!r}: send file_upload."))


def _with_slash(request: AnyRequest, visit: Visit) -> Reply:
    # uv parses the address without joining it to that of the request: it must be absolute.
    target = f"{visit.base_url}/legacy/{'?' if visit.query else ''}{visit.query}"
    sentence = (
        f"An upload was attempted to {visit.path} but the expected upload URL is {target} (with a slash)."
    )
    return sentence_reply(request.scope, 308, sentence, [("location", target)])
