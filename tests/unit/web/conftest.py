"""A browser without script, for tests of pages."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import httpx
import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_http_api import HttpSettings, build_application
from pypi_web import frontend, refusal_page

PASSWORD = "correct horse"


class Browser:
    """Keeps cookies and sends forms, as a browser does that runs no script; *origin* is where it looks."""

    def __init__(
        self,
        memory: InMemorySite,
        origin: str = "https://index.example",
        settings: HttpSettings | None = None,
    ) -> None:
        self.memory = memory
        self.origin = origin
        self.cookies = httpx.Cookies()
        self._application = build_application(
            site=memory.site,
            change_signal=memory.database.change_signal,
            frontend=frontend(),
            refusal_page=refusal_page,
            settings=settings or HttpSettings(),
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page; redirects are not followed."""
        return self._send("GET", path, None, {"accept": "text/html", **headers})

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as it is, with the headers of a form on a page of this site."""
        sent = {
            "accept": "text/html",
            "origin": self.origin,
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        }
        return self._send(
            "POST", path, fields, {**sent, **{k.replace("_", "-"): v for k, v in headers.items()}}
        )

    def send(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Open *page* and send the form on it that goes to *action*, with *fields* filled in."""
        shown = self.get(page)
        assert shown.status_code == 200, (shown.status_code, shown.headers)
        return self.post(action, {**form_fields(shown.text, action), **fields})

    def log_in(self, username: str = "ann", page: str = "/account/login/") -> httpx.Response:
        """Log in by the form."""
        return self.send(page, "/account/login/", username=username, password=PASSWORD)

    def _send(
        self, method: str, path: str, fields: dict[str, str] | None, headers: dict[str, str]
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._application)  # type: ignore[arg-type]
            async with httpx.AsyncClient(
                transport=transport, base_url=self.origin, cookies=self.cookies
            ) as client:
                response = await client.request(method, path, data=fields, headers=headers)
                self.cookies = client.cookies
                return response

        return asyncio.run(send())


def form_fields(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the first form that goes to *action*."""
    for form in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL):
        target = re.search(r'action="([^"]*)"', form)
        if target and unescape(target[1]) == action:
            hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
            return {name: unescape(value) for name, value in hidden}
    raise AssertionError(f"no form goes to {action}")


@pytest.fixture
def memory() -> InMemorySite:
    memory = InMemorySite()
    memory.account("ann", PASSWORD)
    return memory


@pytest.fixture
def browser(memory: InMemorySite) -> Browser:
    return Browser(memory)
