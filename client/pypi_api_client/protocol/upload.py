"""The legacy upload API, which every index has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from pypi_api_client import errors
from pypi_api_client.archives import LocalDistribution, read_distribution
from pypi_api_client.attestations import attestations_field
from pypi_api_client.models import RemoteFile, Uploaded, UploadOutcome, UploadResult
from pypi_api_client.progress import Progress
from pypi_api_client.protocol.accounts import whoami
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Form, Request, Response
from pypi_api_client.protocol.refusals import refusal_of
from pypi_api_client.protocol.simple import project_page
from pypi_api_client.protocol.steps import Operation, together, work
from pypi_protocol.metadata import FIELDS

# Indexes refuse fields that are newer than the metadata version, from this version on; License-File was once
# written under 2.1.
_CHECKED_SINCE = (2, 1)


def upload(
    index: KnownIndex,
    path: Path,
    *,
    skip_existing: bool = False,
    attestations: Sequence[Path] = (),
    progress: Progress | None = None,
) -> Operation[Uploaded]:
    """
    Publish a wheel or sdist; its metadata is read from the archive.

    The very same file being there already is a success.  With *skip_existing* so is another
    file of the same name.  *attestations* of the file (PEP 740) are sent with it; this client
    verifies none.

    Raises:
        InvalidDistribution: *path* is not a readable wheel or sdist.
        InvalidAttestation: One of *attestations* is not valid.
        CredentialsRefused: The index does not know who is asking.
        FileAlreadyExists: Another file of this name is there.
        RedirectRefused: The index wants the file sent elsewhere.
    """
    distribution = yield from work(partial(read_distribution, path))
    field = (yield from work(partial(attestations_field, attestations))) if attestations else ""
    return (
        yield from upload_distribution(
            index, distribution, skip_existing=skip_existing, attestations=field, progress=progress
        )
    )


def upload_all(
    index: KnownIndex, paths: Iterable[Path], *, skip_existing: bool = False, concurrency: int = 4
) -> Operation[tuple[UploadOutcome, ...]]:
    """
    Publish wheels and sdists, and report each in their order.

    `AsyncClient` sends at most *concurrency* at a time, `Client` one after the other.  A file that is
    refused does not keep the others from being sent.
    """
    paths = tuple(paths)
    ended = yield from together(
        (upload(index, each, skip_existing=skip_existing) for each in paths), concurrency
    )
    return tuple(
        UploadOutcome(path=path, error=each)
        if isinstance(each, Exception)
        else UploadOutcome(path=path, uploaded=each)
        for path, each in zip(paths, ended, strict=True)
    )


def upload_distribution(
    index: KnownIndex,
    distribution: LocalDistribution,
    *,
    skip_existing: bool,
    attestations: str = "",
    progress: Progress | None = None,
) -> Exchange[Uploaded]:
    """
    Publish a file, unless the very same one is there, with a JSON array of *attestations*.

    Raises:
        As `upload`.
    """
    listed = yield from listed_files(index, distribution.project)
    if settled := settled_without_sending(distribution, listed, skip_existing=skip_existing):
        yield from authenticate(index)
        return settled
    response = yield from _sent(index, distribution, attestations, progress)
    if response.status == 200:
        return uploaded(distribution, UploadResult.PUBLISHED, _warnings(response))
    if 300 <= response.status < 400:
        raise errors.RedirectRefused(
            f"{index.upload} redirects uploads to {response.headers.get('location', 'nowhere')!r}. Nothing "
            "was sent there: if that is the right index, name it with its own URL."
        )
    if not _says_exists(response):
        raise refusal_of(response)
    # Another uploader, or an earlier try of ours, was first: what counts is whose bytes are there.
    listed = yield from listed_files(index, distribution.project)
    if settled := settled_without_sending(distribution, listed, skip_existing=False):
        return settled
    if skip_existing:
        return uploaded(distribution, UploadResult.SKIPPED)
    refusal = refusal_of(response)
    raise errors.FileAlreadyExists(refusal.sentence, status=refusal.status, problem=refusal.problem)


def authenticate(index: KnownIndex) -> Exchange[None]:
    """
    Have the index say once that it knows who is asking, where no file is sent that would make it say so.

    A caller with a bad token has not published what is there already.  An index that does not speak JSON-RPC
    is not asked.

    Raises:
        CredentialsRefused: It does not.
    """
    if index.has_authenticated:
        return
    try:
        caller = yield from whoami(index)
    except errors.NotSpoken:
        return
    if caller.username is None:
        raise errors.CredentialsRefused(
            f"The index at {index.address.root} takes files with credentials only.", status=401
        )
    index.has_authenticated = True


def listed_files(index: KnownIndex, project: str) -> Exchange[dict[str, RemoteFile]]:
    """Return the files of a project by their names; where its page cannot be read, the upload decides."""
    try:
        page = yield from project_page(index, project)
    except (errors.ConnectionFailed, errors.Busy):
        raise
    except errors.ClientError:
        return {}
    return {each.filename: each for each in page.files}


def settled_without_sending(
    distribution: LocalDistribution, listed: Mapping[str, RemoteFile], *, skip_existing: bool
) -> Uploaded | None:
    """Return the end of an upload that need not be made, as the index has the file or one of its name."""
    file = listed.get(distribution.filename)
    if file and file.hashes.get("sha256", "").lower() == distribution.digests["sha256"]:
        return uploaded(distribution, UploadResult.WAS_THERE)
    return uploaded(distribution, UploadResult.SKIPPED) if file and skip_existing else None


def uploaded(
    distribution: LocalDistribution, result: UploadResult, warnings: tuple[str, ...] = ()
) -> Uploaded:
    """Return the end of an upload, with what is to be said of the file's own metadata."""
    headers = tuple(
        f"The metadata has a header {each!r} that is unknown or cannot be read: check its spelling."
        for each in distribution.unknown_headers
    )
    return Uploaded(filename=distribution.filename, result=result, warnings=headers + warnings)


def _sent(
    index: KnownIndex, distribution: LocalDistribution, attestations: str, progress: Progress | None
) -> Exchange[Response]:
    """Send the file to where the index takes uploads: below its root, or at the root itself."""
    if index.upload is None:
        raise errors.NotSpoken(
            f"Where the index at {index.address.root} takes uploads is not known: install pypi-core[public], "
            "or name its upload URL."
        )
    fields = tuple(form_fields(distribution)) + ((("attestations", attestations),) if attestations else ())
    form = Form(fields=fields, file=distribution.path, progress=progress)
    response = yield _request(index.upload, form)
    if response.status in {404, 405} and index.upload == index.address.join("legacy", ""):
        elsewhere = yield _request(index.address.root, form)
        if elsewhere.status not in {404, 405}:
            index.upload = index.address.root
            return elsewhere
    return response


def _request(url: str, form: Form) -> Request:
    return Request(
        method="POST",
        url=url,
        headers={"Accept": "application/problem+json, application/json;q=0.9, text/plain;q=0.8"},
        form=form,
        # An index looks through a large file before it answers.
        patience=600.0,
    )


def form_fields(distribution: LocalDistribution) -> Iterator[tuple[str, str]]:
    """Yield the text fields of the form, in the order in which they are sent."""
    raw = distribution.metadata
    yield ":action", "file_upload"
    yield "protocol_version", "1"
    yield "filetype", distribution.kind
    yield "pyversion", distribution.python_version
    for algorithm, digest in distribution.digests.items():
        yield f"{algorithm}_digest", digest
    version = _numbers(raw.get("metadata_version", ""))
    for field in FIELDS:
        if not _CHECKED_SINCE <= _numbers(field.since) > version:
            for value in _values(raw.get(field.key), is_multiple=field.is_multiple):
                yield field.form_name, value


def _values(raw: object, *, is_multiple: bool) -> Iterator[str]:
    if isinstance(raw, dict):
        yield from (f"{label}, {url}" for label, url in raw.items())
    elif isinstance(raw, list):
        # Keywords are a list that is one value.
        yield from raw if is_multiple else [",".join(raw)]
    elif raw:
        yield str(raw)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the version as numbers; one that is not valid leaves everything to the index to judge."""
    match = re.fullmatch(r"([0-9])\.([0-9])", text.strip(), re.ASCII)
    return (int(match[1]), int(match[2])) if match else (9, 9)


def _says_exists(response: Response) -> bool:
    """
    Return whether a refusal says that the file exists.

    There is no standard for it: 409, or the words that all indexes use.
    """
    if response.status == 409:
        return True
    said = f"{response.reason} {response.body[:4096].decode('utf-8', 'replace')}".lower()
    return response.status in {400, 403} and "already exist" in said


def _warnings(response: Response) -> tuple[str, ...]:
    if response.media_type != "text/plain":
        return ()
    return tuple(line for line in response.body.decode("utf-8", "replace").splitlines() if line.strip())
