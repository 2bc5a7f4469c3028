"""Chromium without a window, told what to do through a pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from absence import leave_out

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# The browser reads commands from descriptor 3 and writes answers to 4.
_TAKE_PIPES = """
import os, sys
read, write = (os.dup(int(each)) for each in sys.argv[1:3])
os.set_inheritable(os.dup2(read, 3), True)
os.set_inheritable(os.dup2(write, 4), True)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Page:
    """A page in a browser, which speaks the protocol of its developer tools (JSON ended by NUL)."""

    def __init__(self, commands: BinaryIO, answers: BinaryIO) -> None:
        self._commands = commands
        self._answers = answers
        self._number = 0
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def open(self, url: str, *, width: int, height: int = 800) -> None:
        """Show *url* in a window so wide, as a phone does, and wait until all of it is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.call("Page.navigate", url=url)
        self._until("Page.loadEventFired")

    def value_of(self, expression: str) -> Any:
        """Return what a JavaScript expression gives on the page, whatever its security policy."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]

    def click(self, selector: str) -> None:
        """Follow the first link that *selector* finds, and wait until the page is there."""
        self.call("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)}).click()")
        self._until("Page.loadEventFired")

    def screenshot(self, path: Path) -> None:
        """Save a picture of the first two windows' height of the page."""
        taken = self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(taken["data"]))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the browser and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _until(self, event: str) -> None:
        while self._next().get("method") != event:
            pass

    def _next(self) -> dict[str, Any]:
        content = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser has ended"
            content += byte
        message: dict[str, Any] = json.loads(content)
        return message


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """Run a browser with a profile in *folder*; a test without Chromium is left out."""
    if BROWSER is None:
        leave_out("there is no Chromium on this machine")
    from_us, to_them = os.pipe()
    to_us, from_them = os.pipe()

    process = subprocess.Popen(
        [
            sys.executable, "-c", _TAKE_PIPES, str(from_us), str(from_them),
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--no-proxy-server", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}",
            "--remote-debugging-pipe",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(from_us, from_them),
    )  # fmt: skip
    os.close(from_us)
    os.close(from_them)
    try:
        with os.fdopen(to_them, "wb") as commands, os.fdopen(to_us, "rb") as answers:
            yield Page(commands, answers)
    finally:
        process.terminate()
        process.wait()
