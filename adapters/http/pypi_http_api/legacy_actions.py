"""What legacy tools ask of ``/pypi`` by ``:action`` (docs/reference/standards/upload-form.md#actions)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode

from litestar.types import ASGIApp, ControllerRouterHandler
from trove_classifiers import sorted_classifiers

from pypi_core.domain.names import parse_project_name
from pypi_core.domain.permissions import require_known
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Gone, InvalidForm, NotFound, TooLarge, shown
from pypi_http_api.bodies import body_chunks, read_body
from pypi_http_api.described import Described, Query
from pypi_http_api.documentation_form import DOC_UPLOAD
from pypi_http_api.endpoints import readable
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.pools import Pools
from pypi_http_api.replies import Reply, redirect, text_reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.upload_form import UploadForm, boundary_of
from pypi_http_api.uploads import Uploads
from pypi_protocol.errors import Problem

_ACTION = ":action"
_UPLOADS = frozenset({"file_upload", "submit", "submit_pkg_info", "doc_upload", "verify"})
_LARGEST_FORM = 64 * 1024


def legacy_action_endpoints(pools: Pools, settings: HttpSettings) -> Sequence[ControllerRouterHandler]:
    """Return the route of what is asked by GET."""
    described = Described(
        summary="Answer what tools of old ask for",
        tag="Legacy",
        types=("text/plain",),
        query={_ACTION: Query(description="list_classifiers, or the name of a page, to which it redirects.")},
        moves=True,
        refusals=(410,),
    )
    return [readable("/pypi", LegacyActions(pools, settings).read, pools, described)]


class LegacyActions:
    """Answers actions; of those that send something documentation alone is still taken here."""

    def __init__(self, pools: Pools, settings: HttpSettings) -> None:
        self._settings = settings
        self._uploads = Uploads(pools, settings, _check_is_documentation)

    async def read(self, request: IndexRequest) -> ASGIApp:
        """
        Answer what is asked in the query.

        Raises:
            Gone: It is not to be had any more, or not here.
            InvalidForm: There is no such action.
            NotFound: There is no such thing.
        """
        return _answer(request, request.query_value(_ACTION))

    async def take(self, request: IndexRequest) -> ASGIApp:
        """
        Answer what is sent, the action in the query or in the form.

        Raises:
            Gone: It is not to be had any more, or not here.
            InvalidForm: There is no such action, or this is no form.
            NotFound: There is no such thing.
            TooLarge: The action is not among the first 64 KiB.
            Unauthenticated: Documentation is sent by nobody knows whom.
        """
        if _content_type(request) == "multipart/form-data" and not request.actor.is_anonymous:
            try:
                return await self._uploads.receive_form(request)
            except _AnotherAction as error:
                return _answer(request, error.action)
        action = request.query_value(_ACTION) or await self._action_of_form(request)
        if action == DOC_UPLOAD:
            require_known(request.actor)
        return _answer(request, action)

    async def _action_of_form(self, request: IndexRequest) -> str | None:
        content_type = _content_type(request)
        if content_type == "application/x-www-form-urlencoded":
            body = await read_body(request, _LARGEST_FORM)
            if body is None:
                raise TooLarge(f"The form is too large: send at most {_LARGEST_FORM} bytes.")
            return dict(parse_qsl(body.decode("latin-1"))).get(_ACTION)
        if content_type != "multipart/form-data":
            return None
        form = UploadForm(
            boundary_of(request.header(b"content-type")),
            largest_form=_LARGEST_FORM,
            most_parts=self._settings.most_form_parts,
        )
        async for chunk in body_chunks(request):
            form.feed(chunk)
            form.take()
            if _ACTION in form.fields:
                # Nothing of the rest is needed to say no.
                return form.fields[_ACTION][0]
        return None


class _AnotherAction(Exception):
    """A form is not for documentation."""

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(action)


def _check_is_documentation(action: str) -> None:
    if action != DOC_UPLOAD:
        raise _AnotherAction(action)


def _content_type(request: IndexRequest) -> str:
    return (request.header(b"content-type") or "").partition(";")[0].strip().lower()


def _answer(request: IndexRequest, action: str | None) -> Reply:
    match action:
        case "list_classifiers":
            return text_reply("".join(f"{each}\n" for each in sorted_classifiers))
        case "doap":
            raise Gone("Descriptions in DOAP are not made any more: see the JSON of the project.")
        case _ if action in _UPLOADS:
            raise Gone(f"Nothing is uploaded here: upload to {request.base_url}/legacy/ instead.")
    path = _page(request, action)
    return redirect(f"{request.root}{path}", cross_origin=request.actor.is_anonymous)


def _page(request: IndexRequest, action: str | None) -> str:
    """Return the path of the page that took the place of an action."""
    match action:
        case "rss":
            return "/rss/updates.xml"
        case "packages_rss":
            return "/rss/packages.xml"
        case "search":
            return f"/search/?{urlencode({'q': _needed(request, 'term')})}"
        case "display" | "files":
            version = _needed(request, "version") if action == "files" else request.query_value("version")
            path = f"/project/{parse_project_name(_needed(request, 'name'))}/"
            return f"{path}{quote(str(parse_version(version)))}/" if version else path
        case "browse":
            # They were numbered, and nobody has kept the numbers.
            raise NotFound("There is no classifier of this number: search for its name.")
    problem = Problem(_ACTION, f"Unknown :action {shown(action or '')}: see the documentation.")
    raise InvalidForm(problem)


def _needed(request: IndexRequest, name: str) -> str:
    value = request.query_value(name)
    if not value:
        raise NotFound(f"The parameter {name!r} is missing.")
    return value
