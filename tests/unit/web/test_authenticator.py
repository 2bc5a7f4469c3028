"""An authenticator app, set up and asked for in a browser."""

from __future__ import annotations

import re
from datetime import timedelta

from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.second_factors import code_at, step_at
from tests.unit.web.conftest import PASSWORD, Browser, form_fields

HERE = "/account/authenticator/"


def code(memory: InMemorySite, secret: str) -> str:
    memory.clock.advance(timedelta(seconds=30))
    return code_at(secret, step_at(memory.clock.now()))


def test_an_app_is_set_up_asked_for_and_removed(browser: Browser, memory: InMemorySite) -> None:
    browser.log_in()
    browser.send(HERE, f"{HERE}begin/")
    shown = re.search(r"\b[A-Z2-7]{32}\b", browser.get(HERE).text)
    assert shown
    secret = shown[0]
    wrong = browser.send(HERE, f"{HERE}confirm/", code="000000")
    assert 'id="code-error"' in wrong.text
    confirmed = browser.send(HERE, f"{HERE}confirm/", code=code(memory, secret))
    recovery = re.findall(r"\b[a-z2-7]{6}-[a-z2-7]{7}\b", confirmed.text)
    assert len(recovery) == 10
    assert secret not in browser.get(HERE).text

    other = Browser(memory)
    asked = other.log_in()
    assert (asked.status_code, "Enter a code" in asked.text) == (200, True)
    assert not any("session" in each.name for each in other.cookies.jar)
    fields = form_fields(asked.text, "/account/login/code/")
    wrong = other.post("/account/login/code/", {**fields, "code": "000000"})
    assert 'id="code-error"' in wrong.text
    entered = other.post("/account/login/code/", {**fields, "code": code(memory, secret)})
    assert entered.headers["location"] == "/account/"
    again = other.post("/account/login/code/", {**fields, "code": code(memory, secret)})
    assert again.status_code == 403

    lost = Browser(memory)
    fields = form_fields(lost.log_in().text, "/account/login/code/")
    assert lost.post("/account/login/code/", {**fields, "code": recovery[0]}).status_code == 303
    memory.clock.advance(timedelta(minutes=16))
    refused = browser.send(
        f"/account/confirm/?next={HERE}", "/account/confirm/", password=PASSWORD, code="000000"
    )
    assert 'id="code-error"' in refused.text
    browser.send(
        f"/account/confirm/?next={HERE}", "/account/confirm/", password=PASSWORD, code=code(memory, secret)
    )
    removed = browser.send(HERE, f"{HERE}remove/")
    assert removed.headers["location"] == "/account/?done=no-app"
    assert Browser(memory).log_in().status_code == 303
