"""Documentation as a form with a ZIP, for legacy tools (docs/reference/standards/documentation.md#upload)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from packaging.version import Version

from pypi_core.domain.accounts import Actor
from pypi_core.domain.names import NormalizedName, parse_project_name
from pypi_core.domain.rate_limits import Standing
from pypi_core.domain.versions import parse_version
from pypi_core.errors import InvalidForm, InvalidName, InvalidVersion, NotFound
from pypi_core.index import Index
from pypi_core.ports.blobs import StagedContent
from pypi_core.use_cases.documentation.publish_documentation import DocumentationOutcome
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.rate_limit_headers import standing_headers
from pypi_http_api.replies import Reply, text_reply
from pypi_http_api.upload_form import UploadForm
from pypi_protocol.errors import Problem

DOC_UPLOAD: Final = "doc_upload"
"""What such a form has as its ``:action``."""


def authorise_documentation(index: Index, actor: Actor, form: UploadForm) -> NormalizedName:
    """
    Refuse, before its bytes arrive, what would not be taken; return the name of the project.

    Raises:
        InvalidForm: A field is missing or wrong, or there is no such project or release.
        Forbidden: The actor may not upload there.
    """
    name, version = _address(form)
    try:
        index.publish_documentation.authorise(actor, name, version)
    except NotFound as error:
        raise _not_there(error) from error
    return name


def publish_documentation(
    index: Index, actor: Actor, form: UploadForm, staged: StagedContent
) -> DocumentationOutcome:
    """
    Publish the file of a form that has ended, see `PublishDocumentation`.

    Raises:
        InvalidForm: A field is missing or wrong, or there is no such project or release.
    """
    if form.filename is None:
        raise InvalidForm(Problem("content", "The form has no file: send a ZIP as 'content'."))
    name, version = _address(form)
    try:
        return index.publish_documentation(actor, name, version, staged)
    except NotFound as error:
        raise _not_there(error) from error


def documentation_reply(
    request: IndexRequest, outcome: DocumentationOutcome, standing: Standing | None
) -> Reply:
    """
    Say where the documentation will be.

    Old clients take 200 and 301 for success; whoever follows a redirect would not find pages yet.
    """
    version = quote(str(outcome.documentation.version))
    url = f"{request.base_url}/docs/{outcome.project}/{version}/"
    headers = ((b"location", url.encode("latin-1")), *standing_headers(standing))
    return text_reply(f"The documentation was accepted and will be shown at {url}\n", headers=headers)


def _address(form: UploadForm) -> tuple[NormalizedName, Version | None]:
    """Return the project and the version that a form is for; no version means the latest release."""
    repeated = [name for name in ("name", "version") if len(form.fields.get(name, ())) > 1]
    if repeated:
        raise InvalidForm(
            *(Problem(each, f"The form has {each!r} twice: send it once.") for each in repeated)
        )
    [name] = form.fields.get("name") or [""]
    [version] = form.fields.get("version") or [""]
    if not name:
        raise InvalidForm(Problem("name", "The form has no 'name': send that of the project."))
    try:
        return parse_project_name(name), parse_version(version) if version else None
    except (InvalidName, InvalidVersion) as error:
        # At other addresses these mean that there is no such thing.
        raise InvalidForm(*error.problems) from error


def _not_there(error: NotFound) -> InvalidForm:
    # Tools of old know 400 for whatever is wrong with a form.
    return InvalidForm(Problem("name", f"{error} Publish a file of it first."))
