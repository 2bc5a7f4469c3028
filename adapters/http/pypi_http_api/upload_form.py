"""A form of the legacy upload API, taken apart as it arrives."""

from __future__ import annotations

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from pypi_core.errors import InvalidForm, TooLarge, shown
from pypi_http_api.disposition import parse_filename_parameter
from pypi_http_api.line_feed_forms import LineFeedForm
from pypi_protocol.errors import Problem

_CONTENT = "content"
# Sent by legacy tools; signatures are not kept.
_DROPPED = "gpg_signature"
_LONGEST_BOUNDARY = 200
_LONGEST_PART_HEADER = 8192


def boundary_of(content_type: str | None) -> str:
    """
    Return the boundary of a form.

    Raises:
        InvalidForm: The body is no form.
    """
    media_type, parameters = parse_options_header(content_type or "")
    boundary = parameters.get("boundary", "")
    if media_type != "multipart/form-data" or not 1 <= len(boundary) <= _LONGEST_BOUNDARY:
        raise InvalidForm("This is not an upload form: send multipart/form-data with a boundary.")
    if not boundary.isascii() or not boundary.isprintable():
        raise InvalidForm("The boundary of the form has odd characters: use letters and digits.")
    return str(boundary)


class UploadForm:
    """
    Takes the body in any pieces; does no I/O and holds no more of the file than nobody took.

    Attributes:
        fields: The values of each text part that has ended, in their order.
        filename: The name of the file, ``None`` before its part has begun.
        content_type: The content type of its part, ``None`` where it has none.
        largest_form: How many bytes may arrive beside the file.
        content_size: How many bytes of the file have arrived, taken or not.
    """

    def __init__(self, boundary: str, *, largest_form: int, most_parts: int) -> None:
        self._parser = PushMultipartParser(
            boundary, max_segment_count=most_parts, max_header_size=_LONGEST_PART_HEADER
        )
        self._boundary = boundary
        self._line_feeds: LineFeedForm | None = None
        self._has_begun = False
        self._most_parts = most_parts
        self._name = ""
        self._is_file = False
        self._value = bytearray()
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._form_size = 0
        self.largest_form = largest_form
        self.fields: dict[str, list[str]] = {}
        self.filename: str | None = None
        self.content_type: str | None = None
        self.content_size = 0

    @property
    def waiting(self) -> int:
        """How many bytes of the file wait to be taken."""
        return self._waiting

    def feed(self, chunk: bytes) -> None:
        """
        Take the next bytes of the body.

        Raises:
            InvalidForm: This is no form, or a part is not what it should be.
            TooLarge: There is too much beside the file.
        """
        before = self.content_size
        passed = self._translated(chunk)
        try:
            # To the parser no bytes mean the end.
            for event in self._parser.parse(passed) if passed else ():
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._end()
                else:
                    self._add(event)
        except ParserLimitReached as error:
            raise TooLarge(
                f"The form has too many parts, more than {self._most_parts}, or one with too long a head."
            ) from error
        except MultipartError as error:
            raise InvalidForm(f"The form is malformed: {error}.") from error
        # Heads of parts and what stands around them count as well, so that nothing is endless.
        self._form_size += len(chunk) - (self.content_size - before)
        if self._form_size > self.largest_form:
            raise TooLarge(f"The form has more than {self.largest_form} bytes beside the file: send less.")

    def take(self) -> bytes:
        """Return the bytes of the file that wait."""
        content = b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        return content

    def close(self) -> None:
        """
        Take note that the body ends here.

        Raises:
            InvalidForm: The form does not.
        """
        try:
            self._parser.close()
        except MultipartError as error:
            raise InvalidForm(
                "The form ends in the middle: the upload was cut off, send it again."
            ) from error

    def _translated(self, chunk: bytes) -> bytes:
        if not self._has_begun and chunk.startswith(b"\n"):
            self._line_feeds = LineFeedForm(self._boundary)
        self._has_begun = True
        return chunk if self._line_feeds is None else self._line_feeds.translated(chunk)

    def _begin(self, part: MultipartSegment) -> None:
        headers = dict(part.headerlist)
        filename = parse_filename_parameter(headers.get("Content-Disposition", ""))
        self._name = part.name or ""
        self._is_file = self._name == _CONTENT
        if self._is_file:
            if filename is None:
                raise InvalidForm(
                    Problem(_CONTENT, "The part 'content' has no file name: send the distribution's own.")
                )
            if self.filename is not None:
                raise InvalidForm(
                    Problem(_CONTENT, "The form has two parts named 'content': send one file at a time.")
                )
            self.filename = filename
            self.content_type = headers.get("Content-Type")
        elif filename is not None and self._name != _DROPPED:
            sentence = f"{self._name[:60]}: should not be a tuple: send it as text, not as a file."
            raise InvalidForm(Problem(self._name, sentence))

    def _add(self, content: bytes) -> None:
        if self._is_file:
            self._pieces.append(content)
            self._waiting += len(content)
            self.content_size += len(content)
        elif self._name != _DROPPED:
            self._value += content

    def _end(self) -> None:
        if self._name not in {"", _CONTENT, _DROPPED}:
            self.fields.setdefault(self._name, []).append(self._text())
        self._value.clear()

    def _text(self) -> str:
        try:
            return self._value.decode()
        except UnicodeDecodeError as error:
            raise InvalidForm(Problem(self._name, f"The field {shown(self._name)} is not UTF-8.")) from error
