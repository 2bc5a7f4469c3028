"""What owners and maintainers change of their projects with a browser."""

from __future__ import annotations

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Role
from pypi_core.domain.entities import Status
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import ProjectNotFound
from tests.unit.web.conftest import Browser, form_fields

HERE = "/manage/project/sample/"
NAME = NormalizedName("sample")
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def browser(memory: InMemorySite) -> Browser:
    """Return a browser of ann, who owns a project."""
    memory.publish(memory.actor("ann"), build_wheel("sample", "1.0"))
    memory.account("bob")
    browser = Browser(memory)
    browser.log_in()
    return browser


def test_projects_are_listed_with_the_role_in_them(browser: Browser) -> None:
    page = browser.get("/account/projects/").text

    assert 'href="/manage/project/sample/"' in page
    assert "Owner" in page


def test_a_release_is_yanked_and_offered_again(browser: Browser, memory: InMemorySite) -> None:
    yanked = browser.send(HERE, f"{HERE}yank/", reason=HOSTILE)
    assert yanked.headers["location"] == f"{HERE}?done=yanked"
    page = browser.get(HERE).text
    assert "yanked" in page
    assert "<script>alert" not in page
    assert "yanked" in browser.get("/project/sample/").text
    browser.send(HERE, f"{HERE}unyank/")

    (release,) = memory.index.projects.read(OPERATOR, NAME).releases
    assert release.yank is None


def test_a_status_is_set_and_undone(browser: Browser, memory: InMemorySite) -> None:
    browser.send(HERE, f"{HERE}status/", state="archived", reason="finished")
    status = memory.index.projects.read(OPERATOR, NAME).project.status
    assert (status.state, status.reason) == (Status.ARCHIVED, "finished")
    browser.send(HERE, f"{HERE}status/", state="active", reason="finished")

    assert memory.index.projects.read(OPERATOR, NAME).project.status.state is Status.ACTIVE
    refused = browser.send(HERE, f"{HERE}status/", state="quarantined", reason="")
    assert refused.status_code == 403


def test_somebody_who_is_invited_has_the_role_once_they_accept(
    browser: Browser, memory: InMemorySite
) -> None:
    of_bob = Browser(memory)
    of_bob.log_in("bob")
    browser.send(HERE, f"{HERE}invite/", username="BOB", role="Maintainer")
    assert "bob" in browser.get(HERE).text
    assert "bob" not in dict(memory.index.roles.in_project(OPERATOR, NAME))
    shown = of_bob.get("/account/projects/").text
    assert "<strong>ann</strong> invites you" in shown
    answer = "/account/projects/answer/"
    declined = of_bob.send("/account/projects/", answer, answer="decline")
    assert declined.headers["location"] == "/account/projects/?done=declined"
    fields = form_fields(shown, answer)
    assert of_bob.post(answer, {**fields, "answer": "accept"}).status_code == 404
    browser.send(HERE, f"{HERE}invite/", username="bob", role="Maintainer")
    of_bob.send("/account/projects/", answer, answer="accept")
    assert dict(memory.index.roles.in_project(OPERATOR, NAME))["bob"] is Role.MAINTAINER
    again = browser.send(HERE, f"{HERE}invite/", username="bob", role="Owner")
    assert (again.status_code, "is a member already" in again.text) == (400, True)


def test_an_invitation_is_withdrawn(browser: Browser, memory: InMemorySite) -> None:
    browser.send(HERE, f"{HERE}invite/", username="bob", role="Owner")
    browser.send(HERE, f"{HERE}withdraw/")
    of_bob = Browser(memory)
    of_bob.log_in("bob")

    assert "invites you" not in of_bob.get("/account/projects/").text
    assert browser.send(HERE, f"{HERE}invite/", username="nobody", role="Owner").status_code == 404


def test_a_member_gets_another_role_and_loses_it(browser: Browser, memory: InMemorySite) -> None:
    memory.index.grant_role(OPERATOR, NAME, "bob", Role.MAINTAINER)
    browser.send(HERE, f"{HERE}role/", username="bob", role="Owner")
    assert dict(memory.index.roles.in_project(OPERATOR, NAME))["bob"] is Role.OWNER
    browser.send(HERE, f"{HERE}remove-role/", username="bob")

    assert "bob" not in dict(memory.index.roles.in_project(OPERATOR, NAME))
    last = browser.send(HERE, f"{HERE}remove-role/", username="ann")
    assert last.status_code == 409


def test_a_maintainer_sees_no_form_that_only_owners_may_send(browser: Browser, memory: InMemorySite) -> None:
    memory.index.grant_role(memory.actor("ann"), NAME, "bob", Role.MAINTAINER)
    of_bob = Browser(memory)
    of_bob.log_in("bob")
    page = of_bob.get(HERE).text

    assert f'action="{HERE}yank/"' in page
    for each in ("role/", "status/", "delete/", "delete-release/"):
        assert f'action="{HERE}{each}"' not in page
    fields = {"form_token": page.split('name="form_token" value="')[1].split('"')[0]}
    assert of_bob.post(f"{HERE}delete/", {**fields, "typed": "sample"}).status_code == 403
    assert of_bob.post(f"{HERE}remove-role/", {**fields, "username": "bob"}).headers["location"] == (
        "/account/projects/?done=left"
    )


def test_deleting_wants_the_name_typed(browser: Browser, memory: InMemorySite) -> None:
    wrong = browser.send(HERE, f"{HERE}delete/", typed="samples")
    assert (wrong.status_code, "Type &#39;sample&#39;" in wrong.text) == (400, True)
    assert browser.send(HERE, f"{HERE}delete-release/", typed="2.0").status_code == 400
    assert browser.send(HERE, f"{HERE}delete-file/", typed="x").status_code == 400
    filename = memory.index.projects.read(OPERATOR, NAME).files[0].filename
    browser.send(HERE, f"{HERE}delete-file/", typed=filename)
    assert not memory.index.projects.read(OPERATOR, NAME).files
    browser.send(HERE, f"{HERE}delete-release/", typed="1.0")
    assert not memory.index.projects.read(OPERATOR, NAME).releases
    browser.send(HERE, f"{HERE}delete/", typed="sample")

    with pytest.raises(ProjectNotFound):
        memory.index.projects.read(OPERATOR, NAME)


def test_a_project_that_is_not_there_is_not_found(browser: Browser) -> None:
    assert browser.get("/manage/project/nothing/").status_code == 404


def test_the_activity_lists_what_was_done_in_ones_own_name_alone(
    browser: Browser, memory: InMemorySite
) -> None:
    memory.publish(memory.actor("bob"), build_wheel("of-bob", "1.0"))
    page = browser.get("/account/log/").text

    assert "file published" in page
    assert "logged in" in page
    assert "of-bob" not in page
    assert browser.get("/account/log/?before=1").text.count("<tr>") == 0


def test_the_page_of_a_project_leads_its_members_to_what_they_manage(
    browser: Browser, memory: InMemorySite
) -> None:
    link = 'href="/manage/project/sample/"'
    of_bob = Browser(memory)
    of_bob.log_in("bob")

    assert link in browser.get("/project/sample/").text
    assert link not in of_bob.get("/project/sample/").text
