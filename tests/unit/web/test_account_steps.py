"""Every page and form of people who log in, tried by those who may not."""

from __future__ import annotations

import re
from datetime import timedelta

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_web.account.handlers import account_steps
from tests.unit.web.conftest import Browser, form_fields

OPEN = {
    "/account/login/",
    "/account/login/code/",
    "/account/register/",
    "/account/forgotten/",
    "/account/new-password/",
    "/account/address/confirm/",
}
"""What everybody may ask for, because it is how they become known."""

# What can be undone, or asks for the password itself.
HARMLESS = {
    "/account/projects/answer/", "/manage/project/{name:str}/withdraw/",
    "/account/register/", "/account/forgotten/", "/account/new-password/", "/account/address/confirm/",
    "/account/login/", "/account/login/code/", "/account/logout/", "/account/confirm/", "/account/password/",
    "/account/sessions/end/", "/account/sessions/end-others/", "/account/tokens/revoke/",
    "/manage/project/{name:str}/status/", "/manage/project/{name:str}/yank/",
    "/manage/project/{name:str}/unyank/",
}  # fmt: skip


def path_of(path: str) -> str:
    return re.sub(r"\{(\w+):str\}", "hidden", path)


def test_only_what_makes_somebody_known_is_open() -> None:
    assert {each.path for each in account_steps() if each.is_open} == OPEN


def test_what_is_hard_to_undo_needs_a_log_in_of_late() -> None:
    forms = [each for each in account_steps() if not each.reads]

    assert {each.path for each in forms if not each.is_dangerous} == HARMLESS


def test_nobody_sees_or_does_anything_without_a_session(browser: Browser, memory: InMemorySite) -> None:
    memory.publish(memory.actor("ann"), build_wheel("hidden", "1.0"))
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))
    fields = form_fields(browser.get("/account/login/").text, "/account/login/")
    for each in account_steps():
        if each.is_open:
            continue
        path = path_of(each.path)
        answer = browser.get(path) if each.reads else browser.post(path, fields)

        assert answer.status_code in {303, 401}, path
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/account/login/?next="), path
        assert "hidden" not in answer.text


def test_no_form_is_taken_without_the_token_of_the_session(browser: Browser) -> None:
    browser.log_in()
    for each in account_steps():
        if not each.reads:
            answer = browser.post(path_of(each.path), {"form_token": "0" * 64})

            assert answer.status_code == 403, each.path
            assert "Nothing was changed" in answer.text


def test_what_is_dangerous_asks_again_who_somebody_is(browser: Browser, memory: InMemorySite) -> None:
    browser.log_in()
    memory.clock.advance(timedelta(minutes=20))
    fields = form_fields(browser.get("/account/").text, "/account/logout/")
    for each in account_steps():
        if each.is_dangerous:
            path = path_of(each.path)
            answer = browser.get(path) if each.reads else browser.post(path, fields)

            assert answer.headers["location"].startswith("/account/confirm/?next="), path
