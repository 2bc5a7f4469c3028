"""Register, confirm an address, and get a new password, with messages that a test reads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.accounts import OPERATOR, PasswordCredentials
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_core.errors import InvalidCredentials
from pypi_core.use_cases.accounts.registration import RegistrationTerms
from pypi_core.use_cases.accounts.web_sessions import OpenedSession
from tests.unit.web.conftest import PASSWORD, Browser, form_fields

ADDRESS = "carol@mail.example"
NEW = "battery staple"
REGISTER, FORGOTTEN = "/account/register/", "/account/forgotten/"
CONFIRM, CHOOSE = "/account/address/confirm/", "/account/new-password/"


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite(registration=RegistrationTerms(is_open=True, url="https://index.example"))


@pytest.fixture
def browser(memory: InMemorySite) -> Browser:
    return Browser(memory)


def register(browser: Browser, username: str = "carol", address: str = ADDRESS) -> str:
    """Register and return the text of the answer."""
    return browser.send(REGISTER, REGISTER, username=username, address=address, new_password=PASSWORD).text


def link(memory: InMemorySite) -> str:
    """Return the path that the newest message links to."""
    found = re.search(r"https://index\.example(\S+)", memory.mail.sent[-1].text)
    assert found
    return found[1]


def registered(browser: Browser, memory: InMemorySite) -> None:
    register(browser)
    browser.send(link(memory), CONFIRM)


def may_log_in(memory: InMemorySite, password: str = PASSWORD) -> bool:
    try:
        return isinstance(memory.site.log_in(PasswordCredentials("carol", password)), OpenedSession)
    except InvalidCredentials:
        return False


def test_an_account_is_good_once_its_address_is_confirmed(browser: Browser, memory: InMemorySite) -> None:
    assert "Look into your mail" in register(browser)
    assert memory.mail.sent[0].to == ADDRESS
    assert not may_log_in(memory)
    assert not may_log_in(memory)
    opened = link(memory)
    # Looking at the link is not enough: programs open what is in messages.
    assert browser.get(opened).status_code == 200
    assert not may_log_in(memory)
    assert browser.send(opened, CONFIRM).headers["location"] == "/account/login/?done=address"
    assert may_log_in(memory)
    assert "used already" in browser.send(opened, CONFIRM).text


def test_a_link_is_good_for_a_day(browser: Browser, memory: InMemorySite) -> None:
    register(browser)
    memory.clock.advance(timedelta(days=1))

    assert browser.send(link(memory), CONFIRM).status_code == 404
    assert not may_log_in(memory)


def test_an_account_that_an_administrator_disabled_is_not_opened_by_an_old_link(
    browser: Browser, memory: InMemorySite
) -> None:
    registered(browser, memory)
    browser.log_in("carol")
    browser.send("/account/address/", "/account/address/", address="new@mail.example")
    memory.site.disable_account(OPERATOR, "carol")
    Browser(memory).send(link(memory), CONFIRM)

    assert not may_log_in(memory)


def test_no_answer_says_whether_an_address_has_an_account(browser: Browser, memory: InMemorySite) -> None:
    registered(browser, memory)
    before = len(memory.mail.sent)
    answers = [
        register(browser, "dan", "dan@mail.example").replace("dan@", "X@"),
        register(browser, "eve", ADDRESS.upper()).replace("CAROL@MAIL.EXAMPLE", "X@mail.example"),
    ]
    assert answers[0] == answers[1]
    assert [each.subject for each in memory.mail.sent[before:]] == [
        "Confirm your e-mail address",
        "You have an account already",
    ]
    # Neither does what is left behind: both names are taken now.
    assert "taken" in register(browser, "dan", "other@mail.example")
    assert "taken" in register(browser, "eve", "other@mail.example")
    asked = [
        browser.send(FORGOTTEN, FORGOTTEN, address=each).text.replace(each, "X")
        for each in (ADDRESS, "nobody@mail.example")
    ]
    assert asked[0] == asked[1]


def test_what_is_wrong_is_said_beside_each_field(browser: Browser) -> None:
    shown = browser.send(REGISTER, REGISTER, username="-", address="no address", new_password="x").text

    for each in ("username", "address", "new_password"):
        assert f'id="{each}-error"' in shown


def test_an_address_that_could_be_two_is_refused(browser: Browser, memory: InMemorySite) -> None:
    wrong = [
        "a@b",
        "a b@mail.example",
        "a@mail.example\nBcc: x@y.example",
        '"a"@mail.example',
        "é@mail.example",
    ]
    for address in wrong:
        assert 'id="address-error"' in register(browser, address=address), address

    assert not memory.mail.sent


def test_a_new_password_is_chosen_by_a_link_once(browser: Browser, memory: InMemorySite) -> None:
    registered(browser, memory)
    browser.log_in("carol")
    elsewhere = Browser(memory)
    elsewhere.send(FORGOTTEN, FORGOTTEN, address=ADDRESS.upper())
    opened = link(memory)
    short = elsewhere.send(opened, CHOOSE, new_password="x")
    assert 'id="new_password-error"' in short.text
    chosen = elsewhere.send(opened, CHOOSE, new_password=NEW)
    assert chosen.headers["location"] == "/account/login/?done=new-password"
    assert (may_log_in(memory, NEW), may_log_in(memory)) == (True, False)
    # Who was logged in, by the old password, is not any more.
    assert browser.get("/account/").status_code == 303
    assert "used already" in elsewhere.send(opened, CHOOSE, new_password=PASSWORD).text


def test_only_the_newest_link_is_good_and_for_an_hour(browser: Browser, memory: InMemorySite) -> None:
    registered(browser, memory)
    browser.send(FORGOTTEN, FORGOTTEN, address=ADDRESS)
    first = link(memory)
    browser.send(FORGOTTEN, FORGOTTEN, address=ADDRESS)
    second = link(memory)
    assert browser.send(first, CHOOSE, new_password=NEW).status_code == 404
    memory.clock.advance(timedelta(hours=1))
    assert browser.send(second, CHOOSE, new_password=NEW).status_code == 404


def test_a_link_is_good_for_its_own_purpose_alone(browser: Browser, memory: InMemorySite) -> None:
    register(browser)
    secret = link(memory).partition("secret=")[2]

    assert browser.send(f"{CHOOSE}?secret={secret}", CHOOSE, new_password=NEW).status_code == 404


def test_links_lead_to_the_address_that_is_set_whatever_the_request_says(memory: InMemorySite) -> None:
    register(Browser(memory, "https://evil.example"))

    assert "evil" not in memory.mail.sent[0].text


def test_nothing_stored_opens_a_link(browser: Browser, memory: InMemorySite) -> None:
    register(browser)
    secret = link(memory).partition("secret=")[2]

    assert secret not in repr(memory.database._storage.committed.one_time_secrets)


def test_messages_have_a_limit() -> None:
    limit = RateLimit(name="messages", quota=2, window=3600, refusal="Too many e-mails: wait {wait}.")
    memory = InMemorySite(
        registration=RegistrationTerms(is_open=True, url="https://index.example"),
        limits=RateLimits(messages=limit),
    )
    browser = Browser(memory)
    for _ in range(2):
        browser.send(FORGOTTEN, FORGOTTEN, address=ADDRESS)

    assert browser.send(FORGOTTEN, FORGOTTEN, address=ADDRESS.upper()).status_code == 429


def test_nobody_registers_where_that_is_off() -> None:
    memory = InMemorySite()
    browser = Browser(memory)
    assert (browser.get(REGISTER).status_code, browser.get(FORGOTTEN).status_code) == (403, 403)
    shown = browser.get("/account/login/").text
    assert REGISTER not in shown
    fields = form_fields(shown, "/account/login/")
    answer = browser.post(
        REGISTER, {**fields, "username": "carol", "address": ADDRESS, "new_password": PASSWORD}
    )

    assert answer.status_code == 403
    assert not memory.site.accounts.all(OPERATOR)
