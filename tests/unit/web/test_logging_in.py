"""Log in with a browser, and what an attacker cannot make of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_http_api import HttpSettings
from tests.unit.web.conftest import PASSWORD, Browser, form_fields


def session_cookie(browser: Browser) -> str:
    return next((each.value or "" for each in browser.cookies.jar if "session" in each.name), "")


def test_somebody_who_logs_in_is_greeted_and_can_log_out(browser: Browser) -> None:
    assert "Log in" in browser.get("/").text
    entered = browser.log_in()

    assert (entered.status_code, entered.headers["location"]) == (303, "/account/")
    assert "ann" in browser.get("/").text
    left = browser.send("/", "/account/logout/")
    assert (left.status_code, left.headers["location"]) == (303, "/")
    assert "Log in" in browser.get("/").text


def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(browser: Browser) -> None:
    browser.get("/account/login/")
    (given,) = browser.log_in().headers.get_list("set-cookie")

    parts = {each.strip().lower() for each in given.split(";")[1:]}
    assert given.startswith("__Host-session-")
    assert parts >= {"path=/", "secure", "httponly", "samesite=lax"}
    assert not any(each.startswith("domain") for each in parts)


def test_servers_below_one_host_name_have_cookies_of_their_own(memory: InMemorySite) -> None:
    one = Browser(memory, "https://index.example", HttpSettings(root_path="/one"))
    other = Browser(memory, "https://index.example", HttpSettings(root_path="/other"))
    names = set()
    for each in (one, other):
        each.get("/account/login/")
        names |= {cookie.name for cookie in each.cookies.jar}

    assert len(names) == 2


@pytest.mark.parametrize(
    "origin", ["http://index.example", "http://192.0.2.1:8000", "http://localhost.evil.example"]
)
def test_log_in_over_plain_http_is_refused_with_what_to_do(memory: InMemorySite, origin: str) -> None:
    browser = Browser(memory, origin)
    shown = browser.get("/account/login/")

    assert shown.status_code == 403
    assert "trusted_proxies" in shown.text
    assert "tls_certificate" in shown.text
    assert "set-cookie" not in shown.headers
    sent = browser.post("/account/login/", {"username": "ann", "password": PASSWORD})
    assert (sent.status_code, "set-cookie" in sent.headers) == (403, False)


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_log_in_on_this_machine_needs_no_tls(memory: InMemorySite, origin: str) -> None:
    shown = Browser(memory, origin).get("/account/login/")

    assert shown.status_code == 200
    assert "Secure" in shown.headers["set-cookie"]


def test_a_wrong_password_is_said_on_the_form_without_the_password(browser: Browser) -> None:
    shown = browser.send("/account/login/", "/account/login/", username="ann", password="wrong one")

    assert shown.status_code == 403
    assert "User name or password is wrong." in shown.text
    assert 'value="ann"' in shown.text
    assert "wrong one" not in shown.text
    assert "www-authenticate" not in shown.headers
    assert not session_cookie(browser)


def test_an_unknown_user_is_answered_like_a_wrong_password(browser: Browser) -> None:
    answers = [
        browser.send("/account/login/", "/account/login/", username=each, password="wrong").text.replace(
            each, "X"
        )
        for each in ("ann", "nobody")
    ]

    assert answers[0] == answers[1]


def test_too_many_failures_are_stopped() -> None:
    limit = RateLimit(name="failed-logins", quota=2, window=60, refusal="Too many: wait {wait}.")
    memory = InMemorySite(limits=RateLimits(failed_logins_by_user=limit))
    memory.account("ann", PASSWORD)
    browser = Browser(memory)
    for _ in range(2):
        browser.send("/account/login/", "/account/login/", username="ann", password="wrong")
    stopped = browser.log_in()

    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0
    assert "Too many: wait" in stopped.text


class TestSessionsOfAttackers:
    def test_a_session_that_was_planted_is_not_taken_up(self, browser: Browser) -> None:
        browser.get("/account/login/")
        name = next(each.name for each in browser.cookies.jar).replace("form", "session")
        planted = "a" * 64
        browser.cookies.set(name, planted, domain="index.example", path="/")
        browser.log_in()

        assert session_cookie(browser) not in {"", planted}
        assert browser.memory.site.recognise_session(planted) is None

    def test_logging_in_again_gives_another_identifier_and_ends_the_first(self, browser: Browser) -> None:
        browser.log_in()
        first = session_cookie(browser)
        fields = form_fields(browser.get("/account/password/").text, "/account/password/")
        browser.post("/account/login/", {**fields, "username": "ann", "password": PASSWORD})

        assert session_cookie(browser) != first
        assert browser.memory.site.recognise_session(first) is None

    def test_a_stolen_cookie_is_useless_after_log_out(self, browser: Browser, memory: InMemorySite) -> None:
        browser.log_in()
        thief = Browser(memory)
        thief.cookies = browser.cookies
        kept = {each.name: each.value or "" for each in browser.cookies.jar}
        browser.send("/account/", "/account/logout/")
        for name, value in kept.items():
            thief.cookies.set(name, value, domain="index.example", path="/")

        assert thief.get("/account/").headers["location"].startswith("/account/login/")

    def test_a_stolen_cookie_cannot_do_what_is_dangerous_for_long(
        self, browser: Browser, memory: InMemorySite
    ) -> None:
        browser.log_in()
        memory.clock.advance(timedelta(minutes=16))
        refused = browser.send(
            "/account/tokens/", "/account/tokens/", description="mine now", may="everything", days=""
        )

        assert refused.headers["location"] == "/account/confirm/?next=/account/tokens/"
        assert not memory.site.tokens.of(OPERATOR, "ann")
        wrong = browser.send("/account/confirm/?next=/account/tokens/", "/account/confirm/", password="wrong")
        assert "The password is wrong." in wrong.text
        good = browser.send("/account/confirm/?next=/account/tokens/", "/account/confirm/", password=PASSWORD)
        assert good.headers["location"] == "/account/tokens/"

    def test_a_cookie_sent_twice_is_not_believed(self, browser: Browser) -> None:
        browser.log_in()
        name = next(each.name for each in browser.cookies.jar if "session" in each.name)
        value = session_cookie(browser)
        browser.cookies.clear()

        answer = browser.get("/account/", cookie=f"{name}=other; {name}={value}")
        assert answer.status_code == 303

    def test_programs_interfaces_take_no_cookie(self, browser: Browser, memory: InMemorySite) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))
        browser.log_in()

        assert browser.get("/search/").status_code == 200
        for path in ("/simple/", "/pypi/sample/json", "/changes", "/rss/updates.xml"):
            assert browser.get(path).status_code == 401, path


class TestFormsOfOthers:
    def test_a_form_without_the_token_of_the_session_changes_nothing(self, browser: Browser) -> None:
        browser.log_in()
        for token in ("", "0" * 64, "é"):
            answer = browser.post("/account/sessions/end-others/", {"form_token": token})

            assert answer.status_code == 403
            assert "Nothing was changed" in answer.text

    def test_the_token_of_another_session_is_refused(self, browser: Browser, memory: InMemorySite) -> None:
        memory.account("eve", PASSWORD)
        eve = Browser(memory)
        eve.log_in("eve")
        of_eve = form_fields(eve.get("/account/").text, "/account/logout/")
        browser.log_in()

        assert browser.post("/account/logout/", of_eve).status_code == 403
        assert session_cookie(browser)

    def test_a_log_in_form_of_another_browser_is_refused(
        self, browser: Browser, memory: InMemorySite
    ) -> None:
        fields = form_fields(Browser(memory).get("/account/login/").text, "/account/login/")
        answer = browser.post("/account/login/", {**fields, "username": "ann", "password": PASSWORD})

        assert answer.status_code == 403
        assert not session_cookie(browser)

    def test_another_site_cannot_send_a_form_even_with_its_token(self, browser: Browser) -> None:
        browser.log_in()
        fields = form_fields(browser.get("/account/").text, "/account/logout/")
        for site in ("cross-site", "same-site"):
            for origin in ("https://evil.example", "https://index.example", "null"):
                sent = browser.post("/account/logout/", fields, sec_fetch_site=site, origin=origin)
                assert sent.status_code == 403

        assert "Log out" in browser.get("/account/").text


ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "/%09/evil.example", "///evil.example",
    "/\t/evil.example", "\n//evil.example", "account/tokens/", "", "/../..//evil.example",
    "javascript:alert(1)",
]  # fmt: skip


def test_a_log_in_leads_to_this_site_alone(browser: Browser) -> None:
    for wanted in ELSEWHERE:
        browser.cookies.clear()
        answer = browser.send(
            "/account/login/", "/account/login/", username="ann", password=PASSWORD, next=wanted
        )

        location = answer.headers["location"]
        assert location.startswith("/"), wanted
        assert not location.startswith(("//", "/\\")), wanted
        assert not {"\n", "\t"} & {*location}, wanted


def test_a_log_in_leads_back_to_the_page_it_came_from(browser: Browser) -> None:
    asked = browser.get("/account/tokens/").headers["location"]
    assert asked == "/account/login/?next=/account/tokens/"

    assert browser.log_in(page=asked).headers["location"] == "/account/tokens/"


def test_a_private_index_asks_a_browser_to_log_in(browser: Browser, memory: InMemorySite) -> None:
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))
    asked = browser.get("/project/hidden/")

    assert (asked.status_code, asked.headers["location"]) == (303, "/account/login/?next=/project/hidden/")
    assert browser.log_in(page="/account/login/?next=/search/").headers["location"] == "/search/"
    assert browser.get("/search/").status_code == 200


def test_pages_of_a_session_are_stored_nowhere(browser: Browser) -> None:
    assert browser.get("/account/login/").headers["cache-control"] == "no-store"
    browser.log_in()

    for path in ("/", "/search/", "/account/", "/account/tokens/", "/account/sessions/"):
        assert browser.get(path).headers.get_list("cache-control") == ["no-store"], path


def test_the_same_account_works_below_every_index_and_prefix(memory: InMemorySite) -> None:
    browser = Browser(memory, settings=HttpSettings(root_path="/some/prefix"))
    shown = browser.get("/i/test/account/login/")
    fields = form_fields(shown.text, "/some/prefix/i/test/account/login/")
    answer = browser.post("/i/test/account/login/", {**fields, "username": "ann", "password": PASSWORD})

    assert answer.headers["location"] == "/some/prefix/i/test/account/"
    assert "ann" in browser.get("/i/test/account/").text
    assert "ann" in browser.get("/").text


def test_a_changed_password_ends_other_sessions(browser: Browser, memory: InMemorySite) -> None:
    other = Browser(memory)
    other.log_in()
    browser.log_in()
    differing = browser.send(
        "/account/password/", "/account/password/",
        password=PASSWORD, new_password="battery staple", new_password_again="battery stable",
    )  # fmt: skip
    assert "The two new passwords differ" in differing.text
    short = browser.send(
        "/account/password/",
        "/account/password/",
        password=PASSWORD,
        new_password="x",
        new_password_again="x",
    )
    assert 'id="new_password-error"' in short.text
    wrong = browser.send(
        "/account/password/", "/account/password/",
        password="wrong", new_password="battery staple", new_password_again="battery staple",
    )  # fmt: skip
    assert 'id="password-error"' in wrong.text
    changed = browser.send(
        "/account/password/", "/account/password/",
        password=PASSWORD, new_password="battery staple", new_password_again="battery staple",
    )  # fmt: skip

    assert changed.headers["location"] == "/account/?done=password"
    assert "Your password is changed" in browser.get("/account/?done=password").text
    assert other.get("/account/").status_code == 303


def test_a_session_is_listed_and_can_be_ended_from_another(browser: Browser, memory: InMemorySite) -> None:
    other = Browser(memory)
    other.log_in()
    memory.clock.advance(timedelta(minutes=10))
    browser.log_in()
    page = browser.get("/account/sessions/").text
    assert page.count('action="/account/sessions/end/"') == 2
    with memory.database.open_site_snapshot() as snapshot:
        older = snapshot.web_sessions.of(snapshot.accounts.get("ann").id)[-1]
    browser.send("/account/sessions/", "/account/sessions/end/", session=older.id)

    assert other.get("/account/").status_code == 303
    assert browser.get("/account/").status_code == 200


class TestTokens:
    def test_a_token_is_shown_once_and_works(self, browser: Browser, memory: InMemorySite) -> None:
        browser.log_in()
        made = browser.send(
            "/account/tokens/", "/account/tokens/",
            description="the <build> server", may="upload", projects="Sample, other.name", index="pypi",
            days="30",
        )  # fmt: skip

        (token,) = memory.site.tokens.of(OPERATOR, "ann")
        assert "pidx_" in made.text
        assert made.headers["cache-control"] == "no-store"
        assert sorted(token.scope.projects or ()) == ["other-name", "sample"]
        assert sorted(token.scope.indexes or ()) == ["pypi"]
        assert token.expires == memory.clock.now() + timedelta(days=30)
        listed = browser.get("/account/tokens/").text
        assert "the &lt;build&gt; server" in listed
        assert "pidx_" not in listed
        gone = browser.send("/account/tokens/", "/account/tokens/revoke/")
        assert gone.headers["location"] == "/account/tokens/?done=revoked"
        assert not memory.site.tokens.of(OPERATOR, "ann")

    def test_what_is_wrong_is_said_beside_its_field(self, browser: Browser) -> None:
        browser.log_in()
        nameless = browser.send(
            "/account/tokens/",
            "/account/tokens/",
            description="",
            may="upload",
            projects="",
            index="",
            days="7",
        )
        wrong = browser.send(
            "/account/tokens/", "/account/tokens/",
            description="x", may="upload", projects="-bad-", index="", days="7",
        )  # fmt: skip

        assert 'id="description-error"' in nameless.text
        assert 'id="projects-error"' in wrong.text
        assert 'value="-bad-"' in wrong.text
