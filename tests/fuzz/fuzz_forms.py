"""Fuzz the reading of upload forms, from bytes to an `Upload`: nothing but refusals may be raised."""

from __future__ import annotations

from collections.abc import Iterator

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_core", "pypi_http_api", "multipart"):
    from pypi_core.domain.rules import PUBLIC
    from pypi_core.domain.uploads import parse_upload
    from pypi_core.errors import Invalid, TooLarge
    from pypi_http_api.upload_form import UploadForm, boundary_of

from tests.fuzz import seeds

MEBIBYTE = 1 << 20


def form(data: bytes) -> None:
    """Take *data* as the body of an upload, in pieces whose size its first byte gives."""
    reader = UploadForm(seeds.BOUNDARY, largest_form=MEBIBYTE, most_parts=1000)
    piece = (data[0] if data else 0) * 8 + 1
    try:
        for at in range(1, len(data), piece):
            reader.feed(data[at : at + piece])
            reader.take()
        reader.close()
        parse_upload(reader.fields, reader.filename, reader.content_type, PUBLIC)
    except (Invalid, TooLarge) as error:
        assert str(error)


def fields(data: bytes) -> None:
    """Take *data* as the fields of a form, one in each line."""
    read: dict[str, list[str]] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition("=")
        read.setdefault(name, []).append(value.replace("\\n", "\n"))
    try:
        parse_upload(read, seeds.WHEEL.filename, None, PUBLIC)
    except Invalid as error:
        assert str(error)


def boundary(data: bytes) -> None:
    """Take *data* as the content type of a form."""
    try:
        boundary_of(data.decode("latin-1"))
    except Invalid as error:
        assert str(error)


def forms() -> Iterator[bytes]:
    """Yield forms to send in pieces of several sizes."""
    return (size + each for each in seeds.forms() for size in (b"\0", b"\x20", b"\xff"))


def field_lines() -> Iterator[bytes]:
    """Yield the fields of sound forms."""
    for distribution in (seeds.WHEEL, seeds.SDIST):
        lines = [f"{name}={value!s}".replace("\n", "\\n") for name, value in distribution.form_fields()]
        yield "\n".join(lines).encode()


if __name__ == "__main__":
    run(
        {
            b"f": (form, forms),
            b"v": (fields, field_lines),
            b"b": (boundary, lambda: iter([b'multipart/form-data; boundary="a-boundary"'])),
        }
    )
