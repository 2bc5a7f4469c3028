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
        waiting, done = self._waiting + chunk, bytearray()
        while True:
            end = self._end_of_head(waiting) if self._is_in_head else waiting.find(self._delimiter)
            if end < 0:
                break
            if self._is_in_head:
                done += waiting[:end].replace(b"\n", b"\r\n")
            else:
                done += waiting[:end] + b"\r" + self._delimiter
                end += len(self._delimiter)
            waiting, self._is_in_head = waiting[end:], not self._is_in_head
        # Of what is no head all may go on but what the next bytes could make a boundary.
        kept = len(waiting) if self._is_in_head else min(len(waiting), len(self._delimiter) - 1)
        passed = len(waiting) - kept
        self._waiting = waiting[passed:]
        return bytes(done + waiting[:passed])

    @staticmethod
    def _end_of_head(head: bytes) -> int:
        if head.startswith(b"--"):
            return len(head)  # The last boundary: there is nothing behind it.
        end = head.find(b"\n\n")
        if end >= 0:
            return end + 2
        # What is too long for a head goes on, to be refused.
        return len(head) if len(head) > _LONGEST_HEAD else -1
