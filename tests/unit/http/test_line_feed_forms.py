"""Forms whose lines end with a line feed alone, as old commands of setuptools send them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_core.errors import InvalidForm, TooLarge
from pypi_http_api.upload_form import UploadForm

BOUNDARY = "--------------GHSKFJDLGDS7543FJKLFHRE75642756743254"


def form_of(fields: dict[str, str], content: bytes, ending: bytes = b"\n") -> bytes:
    """Return a form made as those commands do it."""
    body = b""
    for name, value in fields.items():
        body += f'\n--{BOUNDARY}\nContent-Disposition: form-data; name="{name}"\n\n{value}'.encode()
    head = f'\n--{BOUNDARY}\nContent-Disposition: form-data; name="content"; filename="sample.zip"\n\n'
    return body + head.encode() + content + f"\n--{BOUNDARY}--".encode() + ending


def read(pieces: list[bytes], largest_form: int = 10_000) -> UploadForm:
    form = UploadForm(BOUNDARY, largest_form=largest_form, most_parts=10)
    for each in pieces:
        form.feed(each)
    form.close()
    return form


@given(
    content=st.binary(max_size=300) | st.just(f"\n--{BOUNDARY[:-1]}\n\r\n\r".encode()),
    cuts=st.lists(st.integers(0, 700), max_size=8),
    ending=st.sampled_from([b"\n", b"", b"\r\n"]),
)
def test_a_form_is_read_in_any_pieces(content: bytes, cuts: list[int], ending: bytes) -> None:
    body = form_of({":action": "doc_upload", "name": "sample\nand more"}, content, ending)
    places = [0, *sorted(cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(places) if body[start:end]]

    form = read(pieces)

    assert form.fields == {":action": ["doc_upload"], "name": ["sample\nand more"]}
    assert form.filename == "sample.zip"
    assert form.take() == content


@pytest.mark.parametrize("size", range(0, 470, 7))
def test_a_form_that_was_cut_off_is_refused(size: int) -> None:
    body = form_of({":action": "doc_upload"}, b"x" * 200)
    with pytest.raises(InvalidForm):
        read([body[:size]] if size else [])


def test_a_head_that_does_not_end_is_refused() -> None:
    with pytest.raises(TooLarge, match="too long a head"):
        read([f"\n--{BOUNDARY}\n".encode(), *[b"x" * 8192] * 20], largest_form=1_000_000)
