"""What administrators see and change with a browser, and nobody else."""

from __future__ import annotations

import csv

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, AccountState
from pypi_core.domain.indexes import IndexName, NewProjects, Reading
from pypi_web.account.handlers import account_steps
from tests.unit.web.conftest import PASSWORD, Browser

PAGES = [
    "/manage/", "/manage/accounts/", "/manage/indexes/", "/manage/indexes/test/", "/manage/log/",
    "/manage/log.csv", "/manage/work/",
]  # fmt: skip


@pytest.fixture
def browser(memory: InMemorySite) -> Browser:
    """Return a browser of ada, who is an administrator."""
    memory.account("ada", PASSWORD, is_administrator=True)
    browser = Browser(memory)
    browser.log_in("ada")
    return browser


def test_only_administrators_see_and_change_anything(memory: InMemorySite) -> None:
    browser = Browser(memory)
    browser.log_in("ann")
    shown = browser.get("/account/").text
    fields = {"form_token": shown.split('name="form_token" value="')[1].split('"')[0]}
    for each in account_steps():
        path = each.path.replace("{name:str}", "test")
        if path.startswith("/manage/") and not path.startswith("/manage/project/"):
            answer = browser.get(path) if each.reads else browser.post(path, {**fields, "task": "1"})

            assert answer.status_code == 403 or not each.reads, path
            assert answer.status_code in {400, 403}, path
            assert "ada" not in answer.text
    assert "/manage/" not in shown
    assert {each.username for each in memory.site.accounts.all(OPERATOR)} == {"ann"}
    assert len(memory.site.indexes()) == 2


def test_every_page_of_administration_is_shown(browser: Browser, memory: InMemorySite) -> None:
    memory.publish(memory.actor("ann"), build_wheel("sample", "1.0"))
    memory.site.do_periodic_work()
    for path in PAGES:
        assert browser.get(path).status_code == 200, path

    assert "<script" not in browser.get("/manage/log/?username=%22%3E%3Cscript%3E").text.partition("<main")[2]


def test_accounts_are_created_disabled_enabled_and_deleted(browser: Browser, memory: InMemorySite) -> None:
    here = "/manage/accounts/"
    short = browser.send(here, here, username="carol", new_password="x")
    assert 'id="new_password-error"' in short.text
    assert browser.send(here, here, username="carol", new_password=PASSWORD).status_code == 303
    change = f"{here}state/"
    browser.send(here, change, username="carol", change="disable")
    assert state_of(memory, "carol") is AccountState.DISABLED
    browser.send(here, change, username="carol", change="enable")
    assert state_of(memory, "carol") is AccountState.ACTIVE
    assert browser.send(here, change, username="carol", change="delete", typed="carl").status_code == 400
    browser.send(here, change, username="carol", change="delete", typed="carol")

    assert "carol" not in {each.username for each in memory.site.accounts.all(OPERATOR)}


def state_of(memory: InMemorySite, username: str) -> AccountState:
    return next(each.state for each in memory.site.accounts.all(OPERATOR) if each.username == username)


def test_an_index_is_created_and_configured(browser: Browser, memory: InMemorySite) -> None:
    made = browser.send("/manage/indexes/", "/manage/indexes/", name="team", title="The team")
    assert made.headers["location"] == "/manage/indexes/team/?done=created"
    here = "/manage/indexes/team/"
    wanted = {
        "title": "Our team", "reading": "private", "new_projects": "administrators", "largest_file": "1000",
        "largest_project": "", "upload_session_days": "3", "release_open_days": "14", "remote_images": "",
        "allow": "local-versions", "prohibited_names": "Secret.Name\nother", "platform_tags": "linux_x86_64",
    }  # fmt: skip
    wrong = browser.send(here, here, **{**wanted, "largest_file": "a lot"})
    assert 'id="largest_file-error"' in wrong.text
    assert browser.send(here, here, **wanted).headers["location"] == f"{here}?done=configured"

    settings = memory.site.index(IndexName("team")).reading.record().settings
    assert (settings.title, settings.reading, settings.new_projects) == (
        "Our team",
        Reading.PRIVATE,
        NewProjects.ADMINISTRATORS,
    )
    assert (settings.largest_file, settings.upload_session_days) == (1000, 3)
    assert settings.rules.allow_local_versions
    assert not settings.rules.allow_similar_names
    assert sorted(settings.rules.prohibited_names) == ["other", "secret-name"]
    assert settings.rules.release_open_days == 14


def test_the_log_is_filtered_and_downloaded(browser: Browser, memory: InMemorySite) -> None:
    memory.publish(memory.actor("ann"), build_wheel("sample", "1.0"))
    browser.get("/search/", **{"user-agent": "=cmd()"})
    shown = browser.get("/manage/log/?project=Sample").text
    assert "file published" in shown
    assert "account registered" not in shown
    sent = browser.get("/manage/log.csv?username=ann")

    rows = list(csv.DictReader(sent.text.splitlines()))
    assert sent.headers["content-disposition"].startswith("attachment")
    assert {each["username"] for each in rows} == {"ann"}
    assert "file-published" in {each["action"] for each in rows}
    assert not any(cell.startswith(("=", "+", "@")) for each in rows for cell in each.values())


def test_work_that_was_given_up_is_tried_again(browser: Browser, memory: InMemorySite) -> None:
    memory.publish(memory.actor("ann"), build_wheel("sample", "1.0"))
    outbox, now = memory.database.outbox, memory.clock.now()
    (first, *_) = outbox.claim(1, now, now)
    outbox.bury(first, "no <idea>")
    shown = browser.get("/manage/work/?state=buried").text
    assert "no &lt;idea&gt;" in shown
    for task in ("", "one", "9" * 5000):
        sent = browser.send("/manage/work/?state=buried", "/manage/work/", change="renew", task=task)
        assert sent.status_code == 400
    browser.send("/manage/work/?state=buried", "/manage/work/", change="renew")

    assert outbox.standing(now).buried == 0
