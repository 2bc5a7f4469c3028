"""The legacy upload API: what twine, uv and all the others publish with."""

from __future__ import annotations

import gzip

import httpx
from packaging.utils import canonicalize_name

from pypi_conformance.distributions import Distribution, build_sdist, build_wheel
from pypi_conformance.pages import offered
from pypi_conformance.publishing import (
    BOUNDARY,
    CONTENT_TYPE,
    Field,
    Publication,
    changed,
    fields_of,
    form,
    form_of,
    new_publication,
)
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.subject import ACCEPT_ANY, Subject, listed

claim = Claims(Level.LEGACY_UPLOAD)

_ACCEPT = "application/json;q=0.9, text/plain;q=0.8"


def is_offered(index: Subject) -> bool:
    """Publish the first file; without credentials nothing is tried."""
    if not index.options.writes:
        raise NotChecked("Without credentials nothing is published: give --token.")
    publication = new_publication()
    response = _upload(index, publication.wheel)
    if response.status_code in {404, 405, 410, 501}:
        return False
    if response.status_code == 200:
        index.publication = publication
    return True


def _post(
    index: Subject,
    body: bytes,
    content_type: str = CONTENT_TYPE,
    *,
    anonymous: bool = False,
    credentials: tuple[str, str] | None = None,
) -> httpx.Response:
    headers = {"Content-Type": content_type, "Accept": _ACCEPT}
    return index.send("POST", index.upload_url, headers, body, anonymous=anonymous, credentials=credentials)


def _upload(index: Subject, distribution: Distribution) -> httpx.Response:
    return _post(index, form_of(distribution))


def _said(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}: {response.text[:200]}"


def _published(index: Subject) -> Publication:
    if index.publication is None:
        raise NotChecked("The first upload was refused.")
    return index.publication


def _filenames(index: Subject) -> set[str]:
    return {each.filename for each in listed(index.read_again(index.sample_url, ACCEPT_ANY))}


# -------------------------------------------------------------------- what is good


@claim.must("wheel", "clients (twine, uv)", "A wheel is taken, with 200")
def test_wheel(index: Subject) -> None:
    if index.publication is None:
        response = _upload(index, new_publication().wheel)
        raise AssertionError(f"It is answered with {_said(response)}")


@claim.should("visible-at-once", "installers", "The wheel is on the project's page with the next request")
def test_visible_at_once(index: Subject) -> None:
    wheel = _published(index).wheel
    assert wheel.filename in _filenames(index), f"{wheel.filename} is not on the page."


@claim.must("sdist", "clients (twine, uv)", "An sdist is taken, with 200")
def test_sdist(index: Subject) -> None:
    response = _upload(index, _published(index).sdist)
    assert response.status_code == 200, f"It is answered with {_said(response)}"


@claim.must("bytes", "installers", "The bytes that come back are those that were sent")
def test_bytes(index: Subject) -> None:
    publication = _published(index)
    sent = {each.filename: each.content for each in (publication.wheel, publication.sdist)}
    for each in listed(index.read_again(index.sample_url, ACCEPT_ANY)):
        found = index.follow("GET", each.url).content
        assert found == sent[each.filename], f"{each.filename} came back changed."


# -------------------------------------------------------------------- what is there already


@claim.must(
    "same-again", "clients (twine)", "The same file once more is taken, or refused as one that already exists"
)
def test_same_again(index: Subject) -> None:
    response = _upload(index, _published(index).wheel)
    exists = response.status_code in {400, 403, 409} and "already exist" in _said(response).lower()
    assert response.status_code in {200, 409} or exists, f"It is answered with {_said(response)}"


@claim.must(
    "other-bytes", "PEP 503", "Other bytes under the name of a file are refused, and the file stays as it was"
)
def test_other_bytes(index: Subject) -> None:
    publication = _published(index)
    response = _upload(index, build_wheel(publication.name, "1.0", note=" else"))
    assert 400 <= response.status_code < 500, f"They are answered with {_said(response)}"
    (url,) = [each.url for each in index.files if each.filename == publication.wheel.filename]
    assert index.follow("GET", url).content == publication.wheel.content, "The file was changed."


@claim.should(
    "other-bytes-words",
    "clients (twine)",
    "That refusal is 409, or 400 that begins with `File already exists`",
)
def test_other_bytes_words(index: Subject) -> None:
    publication = _published(index)
    response = _upload(index, build_wheel(publication.name, "1.0", note=" else"))
    begins = response.reason_phrase.startswith("File already exists")
    assert response.status_code == 409 or (response.status_code == 400 and begins), _said(response)


# -------------------------------------------------------------------- what is wrong


def _next(index: Subject) -> Distribution:
    """Return a good wheel of a version that is not there, to be damaged."""
    publication = _published(index)
    return build_wheel(publication.name, publication.to_be_refused())


def _next_sdist(index: Subject) -> Distribution:
    publication = _published(index)
    return build_sdist(publication.name, publication.to_be_refused())


def _refused(index: Subject, body: bytes) -> httpx.Response:
    response = _post(index, body)
    assert 400 <= response.status_code < 500, f"It is answered with {_said(response)}"
    return response


def _refused_field(index: Subject, name: str, value: str | None) -> httpx.Response:
    wheel = _next(index)
    fields = changed(fields_of(wheel), name, value)
    return _refused(index, form(fields, wheel.filename, wheel.content))


@claim.must("wrong-sha256", "clients (twine, uv)", "A file with another sha256 than the form says is refused")
def test_wrong_sha256(index: Subject) -> None:
    _refused_field(index, "sha256_digest", "0" * 64)


@claim.must("wrong-blake2", "clients (twine)", "A file with another BLAKE2 than the form says is refused")
def test_wrong_blake2(index: Subject) -> None:
    _refused_field(index, "blake2_256_digest", "0" * 64)


@claim.must("wrong-md5", "clients (twine)", "A file with another MD5 than the form says is refused")
def test_wrong_md5(index: Subject) -> None:
    _refused_field(index, "md5_digest", "0" * 32)


@claim.must("bad-name", "core metadata", "An invalid name is refused")
def test_bad_name(index: Subject) -> None:
    _published(index)
    for each in ("-conformance", "conformance.", "conförmance", "a b"):
        _refused_field(index, "name", each)


@claim.must("bad-version", "PEP 440", "An invalid version is refused")
def test_bad_version(index: Subject) -> None:
    _refused_field(index, "version", "one point oh")


@claim.must("bad-metadata-version", "core metadata", "An unknown metadata version is refused")
def test_bad_metadata_version(index: Subject) -> None:
    _refused_field(index, "metadata_version", "99.0")


@claim.must("bad-filetype", "PEP 527", "A file that is neither a wheel nor an sdist is refused")
def test_bad_filetype(index: Subject) -> None:
    _refused_field(index, "filetype", "bdist_egg")


@claim.must("no-name", "core metadata", "A form without a name is refused")
def test_form_without_name(index: Subject) -> None:
    _refused_field(index, "name", None)


@claim.must("no-file", "clients", "A form without a file is refused")
def test_form_without_file(index: Subject) -> None:
    _refused(index, form(fields_of(_next(index)), None))


@claim.must("path-in-filename", "this project", "A file name that leads to another folder is refused")
def test_path_in_filename(index: Subject) -> None:
    for folder in ("../../", "..\\\\", "/tmp/"):  # noqa: S108
        wheel = _next(index)
        each = f"{folder}{wheel.filename}"
        _refused(index, form(fields_of(wheel), each, wheel.content))


@claim.must("foreign-filename", "PEP 427, 625", "A file named for another project than the form is refused")
def test_foreign_filename(index: Subject) -> None:
    wheel = _next(index)
    other = wheel.filename.replace("conformance_kit", "conformance_other")
    _refused(index, form(fields_of(wheel), other, wheel.content))


@claim.must("no-wheel", "PEP 427", "A wheel that is not a ZIP is refused")
def test_no_wheel(index: Subject) -> None:
    _refused(index, _form_with_content(_next(index), b"This is no archive."))


@claim.must("no-sdist", "PEP 625", "An sdist that breaks off is refused")
def test_no_sdist(index: Subject) -> None:
    sdist = _next_sdist(index)
    _refused(index, _form_with_content(sdist, sdist.content[: len(sdist.content) // 2]))


@claim.should("metadata-inside", "this project", "An archive whose metadata names another project is refused")
def test_metadata_inside(index: Subject) -> None:
    sdist = _next_sdist(index)
    plain = gzip.decompress(sdist.content).replace(b"Name: Conformance", b"Name: Other.names")
    _refused(index, _form_with_content(sdist, gzip.compress(plain, mtime=0)))


def _form_with_content(distribution: Distribution, content: bytes) -> bytes:
    """Return a form whose digests are right for *content*, so that nothing else is wrong."""
    fake = Distribution(
        filename=distribution.filename,
        filetype=distribution.filetype,
        python_version=distribution.python_version,
        content=content,
        metadata=distribution.metadata,
        fields=distribution.fields,
    )
    return form_of(fake)


@claim.should("sentence", "clients (twine)", "A refusal says why, in the body or the reason phrase")
def test_sentence(index: Subject) -> None:
    response = _refused_field(index, "version", "one point oh")
    said = f"{response.reason_phrase} {response.text}".lower()
    assert "version" in said or "one point oh" in said, f"It says {_said(response)}"


@claim.must("never-5xx", "RFC 9110", "No malformed form breaks the server")
def test_never_5xx(index: Subject) -> None:
    # Of a version of their own, because a server may make good what is wrong with some of them.
    wheel = build_wheel(_published(index).name, "3.0")
    for what, body, content_type in _malformed(wheel):
        response = _post(index, body, content_type)
        assert response.status_code < 500, f"{what} is answered with {_said(response)}"


def _malformed(wheel: Distribution) -> list[tuple[str, bytes, str]]:
    good, fields = form_of(wheel), fields_of(wheel)
    as_form = {
        "nothing at all": b"",
        "no boundary in the body": b"--another\r\n\r\n",
        "a form that breaks off in the file": good[:-120],
        "a form that breaks off in a header": good[:60],
        "a part without a name": good.replace(b'form-data; name=":action"', b"form-data"),
        "a part without any header": f"--{BOUNDARY}\r\n\r\nvalue\r\n--{BOUNDARY}--\r\n".encode(),
        "the same field twice": form([*fields, ("name", "another")], wheel.filename, wheel.content),
        "a field that is no UTF-8": good.replace(b"Published by", b"\xff\xfe\xfd", 1),
        "a field with a NUL": form(changed(fields, "summary", "a\0b"), wheel.filename, wheel.content),
        "a very long field": form(changed(fields, "version", "1" * 100_000), wheel.filename, wheel.content),
        "a thousand classifiers": form([*fields, *_many_classifiers()], wheel.filename, wheel.content),
        "an empty file name": form(fields, "", wheel.content),
        "a file name with a line break": form(fields, "a%0D%0Ab-1.0.tar.gz", wheel.content),
        "an empty file": form(fields, wheel.filename, b""),
        "an unknown action": form(
            changed(fields, ":action", "no_such_action"), wheel.filename, wheel.content
        ),
        "no action": form(changed(fields, ":action", None), wheel.filename, wheel.content),
        "malformed digests": form(changed(fields, "sha256_digest", "ß"), wheel.filename, b"x"),
    }
    others = [
        ("JSON instead of a form", b"{}", "application/json"),
        ("a form without boundary", good, "multipart/form-data"),
        ("a form of the other kind", b"name=x&version=1", "application/x-www-form-urlencoded"),
    ]
    return [(what, body, CONTENT_TYPE) for what, body in as_form.items()] + others


def _many_classifiers() -> list[Field]:
    return [("classifiers", f"No :: Such :: Classifier {each}") for each in range(1000)]


# -------------------------------------------------------------------- who may


@claim.must("anonymous", "RFC 9110", "Without credentials nothing can be published: 401 or 403")
def test_anonymous(index: Subject) -> None:
    response = _post(index, form_of(_next(index)), anonymous=True)
    assert response.status_code in {401, 403}, f"It is answered with {_said(response)}"


@claim.should(
    "challenge", "RFC 9110", "An upload without credentials is answered 401 with `WWW-Authenticate`"
)
def test_challenge(index: Subject) -> None:
    response = _post(index, form_of(_next(index)), anonymous=True)
    found = response.headers.get("www-authenticate")
    assert response.status_code == 401 and found, f"It is {response.status_code} with {found!r}."


@claim.must("wrong-credentials", "RFC 9110", "Nothing can be published with wrong credentials")
def test_wrong_credentials(index: Subject) -> None:
    credentials = (index.options.username, "no-such-secret")
    response = _post(index, form_of(_next(index)), credentials=credentials)
    assert response.status_code in {401, 403}, f"They are answered with {_said(response)}"


@claim.must("nothing-left", "this project", "Nothing that was refused is on the page")
def test_nothing_left(index: Subject) -> None:
    publication = _published(index)
    found = [each for each in _filenames(index) if publication.should_not_be(each)]
    assert not found, f"The page has {sorted(found)[:3]} too."


@claim.may("display-name", "clients", "The list shows the name as its owner spells it")
def test_display_name(index: Subject) -> None:
    publication = _published(index)
    response = index.read_again(index.list_url, ACCEPT_ANY)
    offered(response.status_code == 200, "There is no list.")
    assert publication.name in response.text, f"It shows {canonicalize_name(publication.name)}."
