"""A person in a real browser: log in with a code, make a token, publish with it, and yank the release."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chromium import Page, browser
from pypi_contracts.builders import build_wheel
from pypi_core.domain.second_factors import code_at
from running_server import RunningServer

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


def fill(page: Page, **fields: str) -> None:
    """Enter texts into the fields of a page."""
    for name, value in fields.items():
        element = f"document.querySelector('main [name={name}]')"
        page.value_of(f"{element}.value = {json.dumps(value)}")


def send(page: Page, action: str) -> str:
    """Send the form that goes to *action*, and return the text of the page that comes."""
    page.click(f"form[action$='{action}'] button")
    return str(page.value_of("document.body.innerText"))


def next_code(secret: str, step: int) -> tuple[str, int]:
    """Return a code that was not used yet: one of this half minute, or the next one."""
    step = max(int(time.time()) // 30, step + 1)
    # A code of the half minute to come is accepted: no need to wait for it longer than that.
    while step - int(time.time()) // 30 > 1:
        time.sleep(0.2)
    return code_at(secret, step), step


def test_log_in_with_a_code_make_a_token_publish_and_yank(server: RunningServer, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pypi_app.server_command", "user", "create", "ann", *server.of_operator],
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
    )
    wheel = build_wheel("browsed", "1.0")
    (tmp_path / wheel.filename).write_bytes(wheel.content)
    with browser(tmp_path) as page:
        # A session in the browser, over plain http on this machine.
        page.open(f"{server.url}account/authenticator/", width=1280)
        fill(page, username="ann", password=PASSWORD)
        send(page, "/account/login/")
        shown = send(page, "/account/authenticator/begin/")
        found = re.search(r"\b[A-Z2-7]{32}\b", shown)
        assert found
        secret = found[0]
        code, step = next_code(secret, 0)
        fill(page, code=code)
        assert "Your recovery codes" in send(page, "/account/authenticator/confirm/")
        page.screenshot(tmp_path / "recovery-codes.png")

        page.value_of("document.querySelector('details.viewer').open = true")
        send(page, "/account/logout/")
        page.open(f"{server.url}account/tokens/", width=360)
        fill(page, username="ann", password=PASSWORD)
        assert "Enter a code" in send(page, "/account/login/")
        code, step = next_code(secret, step)
        fill(page, code=code)
        assert "Your tokens" in send(page, "/account/login/code/")

        fill(page, description="a journey")
        made = send(page, "/account/tokens/")
        token = re.search(r"pidx_\w+", made)
        assert token
        # No page runs over at the side, and the browser keeps no copy of a secret.
        assert page.value_of("document.documentElement.scrollWidth") == 360
        subprocess.run(
            [
                sys.executable, "-m", "twine", "upload", "--non-interactive",
                "--repository-url", f"{server.url}legacy/", "-u", "__token__", "-p", token[0],
                str(tmp_path / wheel.filename),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip

        page.open(f"{server.url}account/projects/", width=1280)
        assert "browsed" in str(page.value_of("document.body.innerText"))
        page.open(f"{server.url}manage/project/browsed/", width=1280)
        page.value_of("document.querySelector('main details').open = true")
        fill(page, reason="it was only a journey")
        assert "The release is yanked" in send(page, "/manage/project/browsed/yank/")
        page.open(f"{server.url}project/browsed/", width=1280)
        assert "it was only a journey" in str(page.value_of("document.body.innerText"))
