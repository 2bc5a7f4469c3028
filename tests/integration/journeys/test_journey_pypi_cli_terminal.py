"""What ``pypi-cli`` asks and shows a person at a terminal."""

from __future__ import annotations

import stat
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_wheel
from pypi_terminal.exit_codes import ExitCode

if TYPE_CHECKING:
    from running_server import RunningServer
    from terminals import Terminal
    from tool_client import Client

PASSWORD = "a long password"
CTRL_C, CTRL_D = "\x03", "\x04"


class Person:
    """Somebody who uses ``pypi-cli`` at a terminal and in scripts, on a machine without a keyring."""

    def __init__(self, index: RunningServer, client: Client) -> None:
        self.configuration = client.home / "configuration"
        self._client = client
        self._environment = {
            "PYPI_REPOSITORY": index.url,
            "PYPI_CLI_CONFIG": str(self.configuration),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    def at_terminal(
        self, *words: object, out: Path | None = None, err: Path | None = None, **environment: str
    ) -> Terminal:
        """Start a command at a terminal."""
        given = self._environment | environment
        return self._client.on_terminal("pypi-cli", *words, out=out, err=err, **given)

    def in_script(self, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command where nobody can be asked."""
        return self._client.run("pypi-cli", *words, check=False, **self._environment | environment)


@pytest.fixture(scope="module")
def index(shared_server: RunningServer, shared_client: Client) -> RunningServer:
    """Publish a project, and create two accounts that have a password."""
    wheel = build_wheel(name="shown", version="1.0", summary="Shown to people")
    (shared_client.home / wheel.filename).write_bytes(wheel.content)
    shared_client.run(
        "pypi-cli", "upload", "*.whl", PYPI_TOKEN=shared_server.token, PYPI_REPOSITORY=shared_server.url
    )
    for username in ("ada", "eve"):
        create = [sys.executable, "-m", "pypi_app.server_command", "user", "create", username]
        subprocess.run(
            [*create, "--data", str(shared_server.data)],
            input=f"{PASSWORD}\n",
            text=True,
            check=True,
            capture_output=True,
        )
    return shared_server


@pytest.fixture
def person(index: RunningServer, client: Client) -> Person:
    return Person(index, client)


@pytest.fixture
def token(index: RunningServer, person: Person) -> str:
    return index.token


def test_login_asks_for_a_token_unseen_and_keeps_it_for_its_owner_alone(person: Person, token: str) -> None:
    with person.at_terminal("login") as terminal:
        terminal.answer("User name for", "")
        terminal.answer("Token: ", token)
        code = terminal.end()

    kept = person.configuration / "tokens.json"
    assert code == ExitCode.DONE
    assert f"The token is in the file {kept}, which only you can read." in " ".join(terminal.shown.split())
    assert token not in terminal.shown
    assert stat.filemode(kept.stat().st_mode) == "-rw-------"
    assert stat.filemode(kept.parent.stat().st_mode) == "drwx------"
    assert person.in_script("whoami").stdout == "owner\n"


def test_login_exchanges_a_password_for_a_token(person: Person) -> None:
    with person.at_terminal("login") as terminal:
        terminal.answer("User name for", "ada")
        terminal.answer("Password: ", PASSWORD)
        code = terminal.end()

    assert code == ExitCode.DONE
    assert "as ada. The token is in the file" in terminal.shown
    assert PASSWORD not in terminal.shown
    assert PASSWORD not in (person.configuration / "tokens.json").read_text()
    assert person.in_script("whoami").stdout == "ada\n"


def test_a_person_changes_their_password_by_typing_the_old_one(person: Person) -> None:
    with person.at_terminal("password", "--revoke-tokens") as terminal:
        terminal.answer("User name for", "eve")
        terminal.answer("Old password: ", PASSWORD)
        terminal.answer("New password: ", "battery staple")
        terminal.answer("New password again: ", "battery staple")
        code = terminal.end()

    assert code == ExitCode.DONE
    assert "Changed the password of eve. 0 tokens revoked." in terminal.shown
    assert PASSWORD not in terminal.shown
    assert "battery staple" not in terminal.shown
    with person.at_terminal("login") as terminal:
        terminal.answer("User name for", "eve")
        terminal.answer("Password: ", PASSWORD)
        assert terminal.end() == ExitCode.REFUSED


def test_two_new_passwords_that_differ_change_nothing(person: Person) -> None:
    with person.at_terminal("password") as terminal:
        terminal.answer("User name for", "ada")
        terminal.answer("Old password: ", PASSWORD)
        terminal.answer("New password: ", "battery staple")
        terminal.answer("New password again: ", "battery maple")
        code = terminal.end()

    assert code == ExitCode.USAGE
    assert "The two passwords differ: nothing was changed." in terminal.shown


def test_password_without_a_terminal_says_that_it_takes_one(person: Person) -> None:
    outcome = person.in_script("password")

    assert (outcome.returncode, outcome.stdout) == (ExitCode.USAGE, "")
    assert "takes a terminal" in outcome.stderr


def test_logout_forgets_the_token(person: Person, token: str) -> None:
    with person.at_terminal("login") as terminal:
        terminal.answer("User name for", "")
        terminal.answer("Token: ", token)
        terminal.end()

    first, second = person.in_script("logout"), person.in_script("logout")

    assert (first.returncode, second.returncode) == (ExitCode.DONE, ExitCode.NOTHING_MATCHED)
    assert token not in (person.configuration / "tokens.json").read_text()
    assert person.in_script("whoami").returncode == ExitCode.REFUSED


@pytest.mark.parametrize(
    ("user", "asked"), [("ada", "Password: "), ("", "Token: ")], ids=["password", "token"]
)
def test_wrong_credentials_are_not_kept(person: Person, user: str, asked: str) -> None:
    with person.at_terminal("login") as terminal:
        terminal.answer("User name for", user)
        terminal.answer(asked, "not-the-right-one")
        code = terminal.end()

    assert code == ExitCode.REFUSED
    assert terminal.shown.count("pypi-cli: ") == 1
    assert "not-the-right-one" not in terminal.shown
    assert not (person.configuration / "tokens.json").exists()


def test_login_without_a_terminal_says_what_scripts_do(person: Person) -> None:
    outcome = person.in_script("login")

    assert (outcome.returncode, outcome.stdout) == (ExitCode.USAGE, "")
    assert "takes a terminal. In scripts give a token with --token-file FILE" in outcome.stderr


def test_login_with_no_input_asks_nothing(person: Person) -> None:
    with person.at_terminal("login", "--no-input") as terminal:
        code = terminal.end()

    assert code == ExitCode.USAGE
    assert "User name" not in terminal.shown


@pytest.mark.parametrize(
    ("keys", "code", "said"),
    [
        (CTRL_C, ExitCode.INTERRUPTED, "interrupted."),
        (CTRL_D, ExitCode.USAGE, "There was no answer: nothing was done."),
    ],
    ids=["ctrl-c", "ctrl-d"],
)
def test_a_password_that_is_not_typed_ends_login_and_typing_is_shown_again(
    person: Person, keys: str, code: ExitCode, said: str
) -> None:
    with person.at_terminal("login") as terminal:
        terminal.answer("User name for", "ada")
        terminal.wait_for("Password: ")
        echoed_before = terminal.echoes
        terminal.press(keys)
        ended = terminal.end()

        assert (echoed_before, terminal.echoes) == (False, True)
    assert ended == code
    assert terminal.shown.splitlines()[-1] == f"pypi-cli: {said}"
    assert not person.configuration.exists()


def test_end_of_input_ends_login(person: Person) -> None:
    with person.at_terminal("login") as terminal:
        terminal.wait_for("User name for")
        terminal.press(CTRL_D)
        code = terminal.end()

    assert code == ExitCode.USAGE
    assert terminal.shown.splitlines()[-1].startswith("pypi-cli: There was no answer")


def test_a_command_that_needs_a_token_asks_for_it(person: Person, token: str) -> None:
    with person.at_terminal("project", "create", "asked-for") as terminal:
        terminal.answer("Token for http://127.0.0.1", token)
        code = terminal.end()

    assert code == ExitCode.DONE
    assert terminal.shown.endswith("asked-for: created\n")
    assert token not in terminal.shown


def test_a_command_that_may_not_ask_is_refused(person: Person) -> None:
    with person.at_terminal("project", "create", "not-asked-for", "--no-input") as terminal:
        code = terminal.end()

    assert code == ExitCode.REFUSED
    assert "Log in with pypi-cli login" in terminal.shown


class TestConfirmation:
    @pytest.fixture
    def project(self, person: Person, token: str) -> str:
        name = f"project-{uuid.uuid4().hex[:12]}"
        assert person.in_script("project", "create", name, PYPI_TOKEN=token).returncode == ExitCode.DONE
        return name

    def test_yes_does_it(self, person: Person, project: str, token: str) -> None:
        with person.at_terminal("project", "delete", project, PYPI_TOKEN=token) as terminal:
            terminal.answer("[y/N] ", "y")
            code = terminal.end()

        assert (code, terminal.shown.splitlines()[-1]) == (ExitCode.DONE, f"{project}: deleted")
        assert person.in_script("info", project).returncode == ExitCode.NOT_FOUND

    @pytest.mark.parametrize(
        "keys", ["\n", "n\n", "yesterday\n", CTRL_D], ids=["return", "n", "other", "ctrl-d"]
    )
    def test_another_answer_changes_nothing(
        self, person: Person, project: str, token: str, keys: str
    ) -> None:
        with person.at_terminal("project", "delete", project, PYPI_TOKEN=token) as terminal:
            terminal.wait_for("[y/N] ")
            terminal.press(keys)
            code = terminal.end()

        assert code == ExitCode.USAGE
        assert terminal.shown.splitlines()[-1].endswith("othing was done.")
        assert person.in_script("info", project).returncode == ExitCode.DONE

    def test_an_interruption_changes_nothing(self, person: Person, project: str, token: str) -> None:
        with person.at_terminal("project", "delete", project, PYPI_TOKEN=token) as terminal:
            terminal.wait_for("[y/N] ")
            terminal.press(CTRL_C)
            code = terminal.end()

        assert (code, terminal.shown.splitlines()[-1]) == (ExitCode.INTERRUPTED, "pypi-cli: interrupted.")
        assert person.in_script("info", project).returncode == ExitCode.DONE

    def test_without_a_terminal_the_error_names_the_option(
        self, person: Person, project: str, token: str
    ) -> None:
        with person.at_terminal("project", "delete", project, "--no-input", PYPI_TOKEN=token) as terminal:
            code = terminal.end()

        in_script = person.in_script("project", "delete", project, PYPI_TOKEN=token)
        assert (code, in_script.returncode) == (ExitCode.USAGE, ExitCode.USAGE)
        assert "Add --yes to do it without being asked." in terminal.shown
        assert "Add --yes to do it without being asked." in in_script.stderr
        assert person.in_script("info", project).returncode == ExitCode.DONE
