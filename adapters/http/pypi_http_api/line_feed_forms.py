"""Forms of old clients whose lines end with a line feed alone, not as RFC 2046 has it."""

from __future__ import annotations

from typing import Final

_LONGEST_HEAD: Final = 64 * 1024


class LineFeedForm:
    """
    Puts carriage returns where a form lacks them: around boundaries and in the heads of parts.

    The commands of setuptools (``upload_docs``) send such forms.  They begin with a line feed, which
    no other does.  What is in the parts stays as it is; takes the body in any pieces.
    """

    def __init__(self, boundary: str) -> None:
        self._delimiter = f"\n--{boundary}".encode()
        self._waiting = b""
        self._is_in_head = False

    def translated(self, chunk: bytes) -> bytes:
        """Return what is known of the form as it should be, with *chunk* as its next bytes."""
        waiting, done, position = self._waiting + chunk, bytearray(), 0
        while (end := self._end(waiting, position)) >= 0:
            if self._is_in_head:
                done += waiting[position:end].replace(b"\n", b"\r\n")
            else:
                done += waiting[position:end] + b"\r" + self._delimiter
                end += len(self._delimiter)
            position, self._is_in_head = end, not self._is_in_head
        left = len(waiting) - position
        # Outside a head everything may go on but what the next bytes could make a boundary.
        kept = left if self._is_in_head else min(left, len(self._delimiter) - 1)
        passed = len(waiting) - kept
        self._waiting = waiting[passed:]
        return bytes(done + waiting[position:passed])

    def _end(self, form: bytes, start: int) -> int:
        """Return where the head or the content that begins at *start* ends, -1 where it does not."""
        if not self._is_in_head:
            return form.find(self._delimiter, start)
        if form.startswith(b"--", start):
            return len(form)  # The last boundary: there is nothing behind it.
        end = form.find(b"\n\n", start)
        if end >= 0:
            return end + 2
        # What is too long for a head goes on, to be refused.
        return len(form) if len(form) - start > _LONGEST_HEAD else -1
