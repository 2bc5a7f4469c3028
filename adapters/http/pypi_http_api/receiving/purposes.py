"""What a form is for: publishing a file, verifying it, or publishing documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple
from urllib.parse import quote

from packaging.version import Version

from pypi_core.domain.documentation import LARGEST_ARCHIVE
from pypi_core.domain.names import NormalizedName, parse_project_name
from pypi_core.domain.rate_limits import LimitStanding
from pypi_core.domain.uploads import Upload, check_form_metadata, parse_upload
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid, InvalidForm, InvalidName, InvalidVersion, NotFound
from pypi_core.index import Index
from pypi_core.ports.blobs import Arrival, StagedContent
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.replies import Reply, text_reply
from pypi_http_api.upload_form import UploadForm
from pypi_protocol.errors import Problem


class Admission(NamedTuple):
    """The largest file that may come, and the name of its project if it is known already."""

    largest: int
    project: str | None = None


class Outcome(NamedTuple):
    """What is answered; *standing* is how the uploader stands with a limit that publishing counted with."""

    reply: Reply
    was_counted: bool = False
    standing: LimitStanding | None = None


class Purpose(NamedTuple):
    """
    What a form is for.

    ``admit`` refuses a file before its bytes are stored, as far as a form that has not ended tells;
    ``finish`` does what a form says that has ended, with what was staged of its file.  Both are called in
    threads.
    """

    admit: Callable[[IndexRequest, UploadForm], Admission]
    finish: Callable[[IndexRequest, UploadForm, Arrival | None], Outcome]


def _admit_file(request: IndexRequest, form: UploadForm) -> Admission:
    largest = request.index.reading.record().settings.largest_file
    try:
        upload = _upload(request.index, form)
    except Invalid:
        # Parts may come in any order, so what is missing may follow the file.
        return Admission(largest)
    request.index.publish_file.authorise(request.actor, upload)
    return Admission(largest, upload.name)


def _publish_file(request: IndexRequest, form: UploadForm, arrival: Arrival | None) -> Outcome:
    with _staging(request.index, form, arrival) as staged:
        outcome = request.index.publish_file(request.actor, _upload(request.index, form), staged())
    return Outcome(text_reply("\n".join(outcome.warnings)), outcome.created, outcome.standing)


def _verify_file(request: IndexRequest, form: UploadForm, arrival: Arrival | None) -> Outcome:
    if form.filename is None:
        # Legacy tools have metadata checked before there is a file.
        check_form_metadata(form.fields, request.index.reading.record().settings.rules)
        return Outcome(text_reply(""))
    with _staging(request.index, form, arrival) as staged:
        warnings = request.index.publish_file.verify(request.actor, _upload(request.index, form), staged())
    return Outcome(text_reply("\n".join(warnings)))


def _upload(index: Index, form: UploadForm) -> Upload:
    rules = index.reading.record().settings.rules
    return parse_upload(form.fields, form.filename, form.content_type, rules)


def _admit_documentation(request: IndexRequest, form: UploadForm) -> Admission:
    try:
        name, version = _release(form)
        request.index.publish_documentation.authorise(request.actor, name, version)
    except (Invalid, NotFound):
        # What is missing may follow the file; it is reported after the form ends.
        return Admission(LARGEST_ARCHIVE)
    return Admission(LARGEST_ARCHIVE, name)


def _publish_documentation(request: IndexRequest, form: UploadForm, arrival: Arrival | None) -> Outcome:
    """Publish documentation for legacy tools (docs/reference/standards/documentation.md#upload)."""
    with _staging(request.index, form, arrival) as staged:
        if form.filename is None:
            raise InvalidForm(Problem("content", "The form has no file: send a ZIP as 'content'."))
        name, version = _release(form)
        try:
            outcome = request.index.publish_documentation(request.actor, name, version, staged())
        except NotFound as error:
            # Legacy tools know 400 for whatever is wrong with a form.
            raise InvalidForm(Problem("name", f"{error} Publish a file of it first.")) from error
    # Old clients take 200 and 301 for success; a redirect would lead to pages that are not there yet.
    url = f"{request.base_url}/docs/{name}/{quote(str(outcome.documentation.version))}/"
    text = f"The documentation was accepted and will be shown at {url}\n"
    reply = text_reply(text, headers=((b"location", url.encode("latin-1")),))
    return Outcome(reply, outcome.created, outcome.standing)


def _release(form: UploadForm) -> tuple[NormalizedName, Version | None]:
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


@contextmanager
def _staging(
    index: Index, form: UploadForm, arrival: Arrival | None
) -> Iterator[Callable[[], StagedContent]]:
    """Let the file be finished, with what waits in the form; in the end its bytes are forgotten."""

    def finish() -> StagedContent:
        nonlocal arrival
        arrival = arrival or index.staging.begin(resumable=False)
        if form.waiting:
            arrival.append(form.take())
        return arrival.finish()

    try:
        yield finish
    finally:
        if arrival is not None:
            arrival.discard()


FILE_UPLOAD: Final = Purpose(_admit_file, _publish_file)
DOC_UPLOAD: Final = "doc_upload"
DOCUMENTATION: Final = {DOC_UPLOAD: Purpose(_admit_documentation, _publish_documentation)}
"""Legacy tools send documentation to other addresses too."""

PURPOSES: Final[Mapping[str, Purpose]] = {
    "file_upload": FILE_UPLOAD,
    "verify": Purpose(_admit_file, _verify_file),
    **DOCUMENTATION,
}
