"""How messages to people are sent."""

from __future__ import annotations

from typing import Literal

import msgspec


class NoMail(
    msgspec.Struct, frozen=True, kw_only=True, tag="none", tag_field="kind", forbid_unknown_fields=True
):
    """Send nothing: nobody registers, and administrators set passwords."""


class MailFolder(
    msgspec.Struct, frozen=True, kw_only=True, tag="folder", tag_field="kind", forbid_unknown_fields=True
):
    """
    Write each message into a file of its own, for development.

    Attributes:
        folder: The folder; ``mail`` in the data folder unless given.
        sender: The address that messages come from.
    """

    folder: str | None = None
    sender: str = "index@localhost"


class SmtpMail(
    msgspec.Struct, frozen=True, kw_only=True, tag="smtp", tag_field="kind", forbid_unknown_fields=True
):
    """
    Send messages by a mail server.

    Attributes:
        host: The mail server.
        port: Its port.
        encryption: ``starttls``, ``tls`` from the first byte, or ``none``, for a server on this machine.
        username: Who logs in there, if anybody does.
        password: Their password.
        password_file: A file with the password, in place of it.
        sender: The address that messages come from.
        seconds: Seconds that one of its answers may take.
    """

    host: str
    sender: str
    port: int = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    seconds: float = 10

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is the name of a mail server")
        if not 1 <= self.port <= 65535:
            raise ValueError("port is a number from 1 to 65535")
        if "@" not in self.sender:
            raise ValueError("sender is an e-mail address")
        if self.password is not None and self.password_file is not None:
            raise ValueError("set password or password_file, not both")
        if self.username is None and (self.password or self.password_file):
            raise ValueError("a password needs a username")
        if self.username is not None and self.encryption == "none":
            raise ValueError("encryption is starttls or tls where a password is sent")
        if self.seconds <= 0:
            raise ValueError("seconds is more than 0")
