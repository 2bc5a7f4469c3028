"""What legacy tools ask of ``/pypi`` (docs/reference/standards/upload-form.md#actions)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode

from litestar.types import ASGIApp, ControllerRouterHandler
from trove_classifiers import sorted_classifiers

from pypi_core.domain.names import parse_project_name
from pypi_core.domain.permissions import require_known
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Gone, InvalidForm, NotFound, TooLarge, shown
from pypi_http_api.bodies import read_body
from pypi_http_api.endpoints import endpoint, get_endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription, Query
from pypi_http_api.pools import Pools
from pypi_http_api.receiving.form import ACTION, FormReceiver
from pypi_http_api.receiving.purposes import DOC_UPLOAD, DOCUMENTATION
from pypi_http_api.replies import Reply, redirect, text_reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.xml_rpc import XmlRpcCalls, is_xml
from pypi_protocol.errors import Problem

_UPLOADS = frozenset({"file_upload", "submit", "submit_pkg_info", "doc_upload", "verify"})
_LARGEST_FORM = 64 * 1024


def legacy_action_endpoints(
    pools: Pools, settings: HttpSettings, calls: XmlRpcCalls | None
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of actions; those asked for by POST are taken beside *calls*, at the same address."""
    actions = LegacyActions(pools, settings)

    async def call_or_act(request: IndexRequest) -> ASGIApp:
        if calls and is_xml(request):
            return await calls.call(request)
        await pools.read(request.index.reading.authorise, request.actor)
        return await actions.take(request)

    routes: list[ControllerRouterHandler] = [get_endpoint("/pypi", actions.read, pools, _ACT)]
    return [*routes, endpoint("/pypi", call_or_act, "POST", described=_CALL_OR_ACT)] if calls else routes


_ACT = OperationDescription(
    summary="Answer what legacy tools ask for",
    tag="Legacy",
    types=("text/plain",),
    query={ACTION: Query(description="list_classifiers, or the name of a page, to which it redirects.")},
    moves=True,
    refusals=(410,),
)
_CALL_OR_ACT = OperationDescription(
    summary="Call a method by XML-RPC, or answer a form of a legacy tool",
    tag="XML-RPC",
    types=("text/xml", "text/plain"),
    query={ACTION: Query(description="What the form is for.")},
    body=("text/xml", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"),
    moves=True,
    refusals=(410, 413, 415),
)


class LegacyActions:
    """Answers actions; of forms with a file, those with documentation alone are still taken here."""

    def __init__(self, pools: Pools, settings: HttpSettings) -> None:
        self._forms = FormReceiver(pools, settings, DOCUMENTATION, _answer)

    async def read(self, request: IndexRequest) -> ASGIApp:
        """
        Answer what is asked in the query.

        Raises:
            Gone: It is not offered any more, or not here.
            InvalidForm: There is no such action.
            NotFound: There is no such thing.
        """
        return _answer(request, request.query_value(ACTION))

    async def take(self, request: IndexRequest) -> ASGIApp:
        """
        Answer a form, the action in the query or in the form.

        Raises:
            Gone: It is not offered any more, or not here.
            InvalidForm: There is no such action, or this is not a form.
            NotFound: There is no such thing.
            TooLarge: A form without a file has more than 64 KiB.
            Unauthenticated: The actor that sends documentation is anonymous.
        """
        if request.media_type == "multipart/form-data":
            return await self._forms.receive(request)
        action = request.query_value(ACTION)
        if action is None and request.media_type == "application/x-www-form-urlencoded":
            body = await read_body(request, _LARGEST_FORM)
            if body is None:
                raise TooLarge(f"The form is too large: send at most {_LARGEST_FORM} bytes.")
            action = dict(parse_qsl(body.decode("latin-1"))).get(ACTION)
        if action == DOC_UPLOAD:
            require_known(request.actor)
        return _answer(request, action)


def _answer(request: IndexRequest, action: str | None) -> Reply:
    match action:
        case "list_classifiers":
            return text_reply("".join(f"{each}\n" for each in sorted_classifiers))
        case "doap":
            raise Gone("Descriptions in DOAP are no longer made: see the JSON of the project.")
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
    problem = Problem(ACTION, f"Unknown :action {shown(action or '')}: see the documentation.")
    raise InvalidForm(problem)


def _needed(request: IndexRequest, name: str) -> str:
    value = request.query_value(name)
    if not value:
        raise NotFound(f"The parameter {name!r} is missing.")
    return value
