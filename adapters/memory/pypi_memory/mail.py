"""Messages that are kept and not sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_core.ports.mail import MailMessage

if TYPE_CHECKING:
    from pypi_core.ports.mail import Mail


class InMemoryMail:
    """
    Keeps messages for a test to read.

    Attributes:
        sent: All of them, the oldest first.
    """

    def __init__(self) -> None:
        self.sent: list[MailMessage] = []

    def send(self, message: MailMessage) -> None:
        """Keep a message."""
        self.sent.append(message)


if TYPE_CHECKING:
    _: type[Mail] = InMemoryMail
