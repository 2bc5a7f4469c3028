"""Messages to people, sent by a mail server or written into files."""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from queue import Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING
from uuid import uuid4

from pypi_core.errors import Unavailable
from pypi_core.ports.mail import Mail, MailMessage
from pypi_environment.mail_settings import SmtpMail

_log = logging.getLogger(__name__)


class FolderMail:
    """Write each message into a file of its own in *folder*, which is made if it is missing."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, message: MailMessage) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._folder / f"{uuid4().hex}.eml"
            file.write_bytes(bytes(_email(message, self._sender)))
        except OSError as error:
            raise Unavailable(
                f"A message cannot be written: {error.strerror}. Check mail.folder and its permissions."
            ) from error


class SmtpServerMail:
    """
    Send messages by a mail server, each over a connection of its own.

    Raises:
        OSError: The file with the password cannot be read.
    """

    def __init__(self, settings: SmtpMail) -> None:
        self._settings = settings
        self._password = (
            Path(settings.password_file).read_text(encoding="utf-8").strip()
            if settings.password_file
            else settings.password
        )

    def send(self, message: MailMessage) -> None:
        settings = self._settings
        try:
            with self._connect() as server:
                if settings.encryption == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if settings.username is not None:
                    server.login(settings.username, self._password or "")
                server.send_message(_email(message, settings.sender))
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(
                f"The mail server {settings.host} took no message: {_reason(error)}. "
                "Check mail.host, mail.port, mail.encryption and mail.username."
            ) from error

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.encryption == "tls":
            return smtplib.SMTP_SSL(
                settings.host,
                settings.port,
                timeout=settings.seconds,
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.seconds)


class MailBeside:
    """
    Send messages by *mail* in the background, in their order.

    So the time that an answer takes does not say whether anything was sent.  What cannot be sent is logged;
    whoever waits for it asks again.
    """

    def __init__(self, mail: Mail, most_waiting: int = 100) -> None:
        self._mail = mail
        self._waiting: Queue[MailMessage] = Queue(most_waiting)
        self._lock = Lock()
        self._sender: Thread | None = None

    def send(self, message: MailMessage) -> None:
        with self._lock:
            if self._sender is None:
                self._sender = Thread(target=self._send, name="mail", daemon=True)
                self._sender.start()
        try:
            self._waiting.put_nowait(message)
        except Full:
            _log.warning("A message was not sent: too many wait for the mail server.")

    def settle(self) -> None:
        """Wait until everything so far was sent or dropped."""
        self._waiting.join()

    def _send(self) -> None:
        while True:
            message = self._waiting.get()
            try:
                self._mail.send(message)
            except Exception as error:  # whatever it is, the next may be sent again
                _log.warning("A message was not sent: %s", error)
            finally:
                self._waiting.task_done()


def _email(message: MailMessage, sender: str) -> EmailMessage:
    email = EmailMessage()
    email["From"] = sender
    email["To"] = message.to
    email["Subject"] = message.subject
    email["Date"] = formatdate(usegmt=True)
    email["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # Machines that are away do not answer to it.
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.text)
    return email


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
        return f"{error.smtp_code} {text}".strip().rstrip(".")
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


if TYPE_CHECKING:
    _: tuple[type[Mail], ...] = (FolderMail, SmtpServerMail, MailBeside)
