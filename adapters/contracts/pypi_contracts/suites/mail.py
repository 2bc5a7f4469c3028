"""The contract of `pypi_core.ports.mail`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pypi_core.ports.mail import Mail, MailMessage

Received = Callable[[], Sequence[MailMessage]]
"""Returns what has arrived, in the order in which it was sent."""


class MailContract:
    """Give a suite what sends messages, and what has arrived."""

    @pytest.fixture
    def mail(self) -> Mail:
        """Return what sends messages."""
        raise NotImplementedError("the test class of the adapter provides this fixture")

    @pytest.fixture
    def received(self, mail: Mail) -> Received:
        """Return what asks for the messages that have arrived."""
        raise NotImplementedError("the test class of the adapter provides this fixture")

    def test_a_message_arrives_as_it_was_sent(self, mail: Mail, received: Received) -> None:
        message = MailMessage(
            to="ann@mail.example",
            subject="Grüße, and a subject that is longer than a line of a header is allowed to be at all",
            text="One line.\n\n.\nhttps://index.example/account/?secret=0123456789abcdef\n\nÄnd an end.\n",
        )
        mail.send(message)

        assert list(received()) == [message]

    def test_messages_arrive_one_by_one(self, mail: Mail, received: Received) -> None:
        messages = [
            MailMessage(to=f"{each}@mail.example", subject=each, text=f"{each}\n") for each in ("ann", "bob")
        ]
        for each in messages:
            mail.send(each)

        assert sorted(received(), key=lambda each: each.to) == messages
