"""An upload form, read as it arrives: the file goes to staging, nothing is held in memory."""

from __future__ import annotations

from collections import defaultdict

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from pypi_core.errors import FileTooLarge, InvalidForm, Problem, TooLarge
from pypi_core.ports.blobs import Arrival, StagedContent, Staging

_CONTENT = "content"
# Old clients send a detached signature along; none is kept.
_DROPPED = frozenset({"gpg_signature"})
_LARGEST_PART_HEADER = 8192


class UploadForm:
    """
    Takes the bytes of a ``multipart/form-data`` body and sorts them out.

    Synchronous, for one thread at a time.  Whoever made it calls `discard` in the end.

    Args:
        boundary: What separates the parts.
        staging: Where the file's bytes go.
        largest_file: Bytes the file may have.
        largest_form: Bytes all text fields may have together.
        most_parts: Parts the body may have.
    """

    def __init__(
        self, boundary: str, staging: Staging, *, largest_file: int, largest_form: int, most_parts: int
    ) -> None:
        self._parser = PushMultipartParser(
            boundary, max_segment_count=most_parts, max_header_size=_LARGEST_PART_HEADER
        )
        self._staging = staging
        self._largest_file = largest_file
        self._largest_form = largest_form
        self._form_size = 0
        self._part: MultipartSegment | None = None
        self._value = bytearray()
        self._arrival: Arrival | None = None
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        self.filename: str | None = None
        self.content_type: str | None = None

    @property
    def fields(self) -> dict[str, list[str]]:
        """The text fields: name to the values of its parts, in their order."""
        fields = dict(self._values)
        # `setup.py upload` repeats the one field that other tools join themselves.
        if len(fields.get("keywords", ())) > 1:
            fields["keywords"] = [",".join(fields["keywords"])]
        return fields

    def feed(self, chunk: bytes) -> None:
        """
        Take the next bytes of the body.

        Raises:
            InvalidForm: They are no such form, or have a part where none may be.
            FileTooLarge: The file is larger than the index permits.
            TooLarge: There are too many fields, or they are too long.
        """
        try:
            for event in self._parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._end()
                else:
                    self._take(bytes(event))
        except ParserLimitReached as error:
            raise TooLarge(f"The form has too many or too long parts ({error}): send fewer.") from error
        except MultipartError as error:
            raise _invalid(f"The body is no valid multipart/form-data: {error}.") from error

    def finish(self) -> StagedContent | None:
        """
        Note that the body has ended; return the file, ``None`` where there was none.

        Raises:
            InvalidForm: The body ended in the middle.
        """
        try:
            self._parser.close()
        except MultipartError as error:
            raise _invalid("The form ends in the middle: the upload was cut off, send it again.") from error
        return self._arrival.finish() if self._arrival else None

    def discard(self) -> None:
        """Forget the file's bytes unless they were published."""
        if self._arrival:
            self._arrival.discard()

    def _begin(self, part: MultipartSegment) -> None:
        self._part = part
        self._value.clear()
        filename = _filename(part)
        if part.name == _CONTENT:
            self._begin_file(part, filename)
        elif filename is not None and part.name not in _DROPPED:
            raise _invalid(f"{part.name}: should not be a tuple, that is a file: send it as text.")

    def _begin_file(self, part: MultipartSegment, filename: str | None) -> None:
        if self._arrival is not None:
            raise _invalid("The form has two parts named 'content': send one file at a time.")
        if filename is None:
            raise _invalid("The part 'content' has no file name: send the distribution's own.")
        self.filename = filename
        self.content_type = part.header("Content-Type")
        self._arrival = self._staging.begin()

    def _take(self, chunk: bytes) -> None:
        if self._part is None or self._part.name in _DROPPED:
            return
        if self._part.name == _CONTENT and self._arrival is not None:
            if self._arrival.size + len(chunk) > self._largest_file:
                raise FileTooLarge(self._largest_file, next(iter(self._values.get("name", ())), None))
            self._arrival.append(chunk)
            return
        self._form_size += len(chunk)
        if self._form_size > self._largest_form:
            raise TooLarge(
                f"The fields of the form have more than {self._largest_form} bytes in all: send less."
            )
        self._value += chunk

    def _end(self) -> None:
        part, self._part = self._part, None
        if part is None or part.name is None or part.name == _CONTENT or part.name in _DROPPED:
            return
        try:
            self._values[part.name].append(self._value.decode())
        except UnicodeDecodeError as error:
            raise _invalid(f"The field {part.name!r} is not UTF-8.") from error


def boundary_of(content_type: str | None) -> str:
    """
    Return the boundary that a request's content type names.

    Raises:
        InvalidForm: It is not ``multipart/form-data`` with a boundary.
    """
    media_type, options = parse_options_header(content_type or "")
    boundary: str = options.get("boundary", "")
    if media_type != "multipart/form-data" or not 1 <= len(boundary) <= 200 or not boundary.isascii():
        raise _invalid("Send the upload as multipart/form-data with a boundary.")
    return boundary


def _filename(part: MultipartSegment) -> str | None:
    # The parser trims paths that old browsers sent; we refuse what is no bare name, so look at it whole.
    _, options = parse_options_header(part.header("Content-Disposition") or "", unquote=_unquoted)
    filename: str | None = options.get("filename", part.filename)
    return filename


def _unquoted(value: str, _is_filename: bool = False) -> str:
    if value[:1] == value[-1:] == '"' and len(value) > 1:
        value = value[1:-1].replace("\\\\", "\\").replace('\\"', '"').replace("%22", '"')
    return value


def _invalid(sentence: str) -> InvalidForm:
    return InvalidForm(Problem("", sentence))
