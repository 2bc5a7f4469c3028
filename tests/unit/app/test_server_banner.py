"""What `pypi-server serve` prints about the first account."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from pypi_app.server.banner import print_banner
from pypi_app.server.set_up import FirstOwner

OWNER = FirstOwner(
    username="owner",
    password="the-password",
    password_file=Path("/data/owner-password"),
    token="pidx_the-token",
    token_file=Path("/data/owner-token"),
)


class Stream(io.StringIO):
    """Standard output, which is a terminal or not."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def printed(owner: FirstOwner | None, *, is_terminal: bool) -> str:
    with redirect_stdout(Stream(is_terminal=is_terminal)) as stream:
        print_banner(owner, "http://127.0.0.1:8080/", Path("/data/owner-token"))
    return stream.getvalue()


def test_a_terminal_shows_the_secrets_and_the_files_that_keep_them() -> None:
    text = printed(OWNER, is_terminal=True)

    for each in ("the-password", "pidx_the-token", "/data/owner-password", "/data/owner-token"):
        assert each in text


def test_secrets_are_not_printed_without_a_terminal() -> None:
    text = printed(OWNER, is_terminal=False)

    assert "/data/owner-password" in text
    assert "/data/owner-token" in text
    assert "the-password" not in text
    assert "pidx_" not in text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_later_start_says_nothing_of_the_account(*, is_terminal: bool) -> None:
    text = printed(None, is_terminal=is_terminal)

    assert "account" not in text
    assert "pip install" in text
