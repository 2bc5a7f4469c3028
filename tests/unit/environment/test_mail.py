"""Messages: into memory, into files, to a mail server, and in the background."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pypi_contracts.suites.mail import MailContract, Received
from pypi_core.errors import Unavailable
from pypi_core.ports.mail import MailMessage
from pypi_environment.mail import FolderMail, MailBeside, SmtpServerMail
from pypi_environment.mail_settings import SmtpMail
from pypi_memory.mail import InMemoryMail

MESSAGE = MailMessage(to="ann@mail.example", subject="s", text="t\n")


def parsed(content: bytes) -> MailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["from"] == "index@mail.example"
    assert message["auto-submitted"] == "auto-generated"
    return MailMessage(
        to=message["to"], subject=message["subject"], text=message.get_content().replace("\r\n", "\n")
    )


class SmallMailServer:
    """Takes messages on a free port of this machine; *refuses* says no to each."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.received: list[bytes] = []
        self._refuses = refuses
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rwb")

        def say(text: str) -> None:
            stream.write(f"{text}\r\n".encode())
            stream.flush()

        say("220 here")
        while line := stream.readline():
            command = line[:4].upper()
            if command == b"QUIT":
                say("221 bye")
                break
            if command == b"RCPT" and self._refuses:
                say("550 No such mailbox.")
            elif command == b"DATA":
                say("354 go on")
                content = b""
                while (each := stream.readline()) != b".\r\n":
                    content += each.removeprefix(b".")
                self.received.append(content)
                say("250 taken")
            else:
                say("250 well")


@pytest.fixture
def server() -> Iterator[SmallMailServer]:
    server = SmallMailServer()
    yield server
    server.close()


def settings(port: int) -> SmtpMail:
    return SmtpMail(host="127.0.0.1", port=port, encryption="none", sender="index@mail.example", seconds=5)


class TestInMemoryMail(MailContract):
    @pytest.fixture
    def mail(self) -> InMemoryMail:
        return InMemoryMail()

    @pytest.fixture
    def received(self, mail: InMemoryMail) -> Received:
        return lambda: mail.sent


class TestFolderMail(MailContract):
    @pytest.fixture
    def mail(self, tmp_path: Path) -> FolderMail:
        return FolderMail(tmp_path / "mail", "index@mail.example")

    @pytest.fixture
    def received(self, mail: FolderMail, tmp_path: Path) -> Received:
        def read() -> Sequence[MailMessage]:
            return [parsed(each.read_bytes()) for each in (tmp_path / "mail").iterdir()]

        return read

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(Unavailable, match=r"mail\.folder"):
            FolderMail(tmp_path / "file" / "mail", "index@mail.example").send(MESSAGE)


class TestSmtpServerMail(MailContract):
    @pytest.fixture
    def mail(self, server: SmallMailServer) -> SmtpServerMail:
        return SmtpServerMail(settings(server.port))

    @pytest.fixture
    def received(self, server: SmallMailServer) -> Received:
        return lambda: [parsed(each) for each in server.received]

    def test_a_mail_server_that_refuses_or_is_not_there_is_named_with_what_to_check(self) -> None:
        server = SmallMailServer(refuses=True)
        with pytest.raises(Unavailable, match=r"took no message: .*mail\.host"):
            SmtpServerMail(settings(server.port)).send(MESSAGE)
        server.close()
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1 took no message"):
            SmtpServerMail(settings(port)).send(MESSAGE)


class TestMailBeside(MailContract):
    @pytest.fixture
    def kept(self) -> InMemoryMail:
        return InMemoryMail()

    @pytest.fixture
    def mail(self, kept: InMemoryMail) -> MailBeside:
        return MailBeside(kept)

    @pytest.fixture
    def received(self, mail: MailBeside, kept: InMemoryMail) -> Received:
        def read() -> Sequence[MailMessage]:
            mail.settle()
            return kept.sent

        return read

    def test_what_cannot_be_sent_is_logged_and_the_next_is_sent(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        sent: list[MailMessage] = []

        class OnceBroken:
            def send(self, message: MailMessage) -> None:
                if not sent:
                    sent.append(message)
                    raise Unavailable("The mail server is away.")
                sent.append(message)

        mail = MailBeside(OnceBroken())
        mail.send(MESSAGE)
        mail.send(MESSAGE)
        mail.settle()

        assert len(sent) == 2
        assert "The mail server is away." in caplog.text
