"""Messages to people, by e-mail."""

from __future__ import annotations

from typing import Protocol

import msgspec


class MailMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message in plain text to one address, which the core has checked."""

    to: str
    subject: str
    text: str


class Mail(Protocol):
    """Sends messages."""

    def send(self, message: MailMessage) -> None:
        """
        Send a message, or leave it to something that does.

        Raises:
            Unavailable: It cannot be sent; the message names the setting and says what to do.
        """
        ...
