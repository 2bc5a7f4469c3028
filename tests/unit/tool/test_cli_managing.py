"""The commands of ``pypi-cli`` that call the protocol, carried to the whole application in memory."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, TokenCredentials
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.names import NormalizedName
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.running import run

Cli = Callable[..., str]
WHEEL, SDIST = build_wheel("Sample", "1.0"), build_sdist("Sample", "1.0")
pytestmark = pytest.mark.usefixtures("cli")


def result(cli: Cli, *arguments: str) -> Any:
    answer = json.loads(cli(*arguments, "--json"))
    assert answer["schema"] == "pypi-cli/1"
    return answer["result"]


def test_a_project_is_created_archived_and_deleted(cli: Cli) -> None:
    assert cli("project", "create", "New.Name") == "New.Name: created\n"
    assert cli("project", "archive", "new-name", "--reason", "done") == "New.Name: archived: done\n"
    assert result(cli, "project", "status", "new-name") == {
        "name": "new-name",
        "status": "archived",
        "reason": "done",
    }
    assert cli("project", "unarchive", "new-name") == "New.Name: active\n"
    assert "Add --yes" in cli("project", "delete", "new-name", code=ExitCode.USAGE)
    assert result(cli, "project", "delete", "new-name", "--yes")["serial"] > 0
    assert "no project" in cli("project", "status", "new-name", code=ExitCode.NOT_FOUND)


def test_a_name_that_is_taken_is_a_conflict(cli: Cli) -> None:
    assert "already" in cli("project", "create", "sample", code=ExitCode.CONFLICT)


def test_roles_are_given_listed_and_taken(cli: Cli, published: InMemorySite) -> None:
    published.account("bob")

    assert cli("role", "grant", "sample", "bob", "Maintainer") == "bob: Maintainer of sample\n"
    assert result(cli, "role", "list", "sample")["roles"] == [
        {"username": "ada", "role": "Owner"},
        {"username": "bob", "role": "Maintainer"},
    ]
    cli("role", "revoke", "sample", "bob")
    assert cli("role", "list", "sample") == "ada  Owner\n"
    assert "last owner" in cli("role", "revoke", "sample", "ada", code=ExitCode.CONFLICT)
    assert "Invalid value" in cli("role", "grant", "sample", "bob", "King", code=ExitCode.USAGE)


def test_one_file_is_yanked(cli: Cli) -> None:
    cli("yank", "sample==1.0", SDIST.filename, "--reason", "old")

    states = {each["filename"]: each["state"] for each in result(cli, "status", "sample")["files"]}
    assert states == {WHEEL.filename: "offered", SDIST.filename: "yanked"}
    cli("unyank", "sample==1.0", SDIST.filename)


def test_yanking_takes_a_version(cli: Cli) -> None:
    assert "has no version" in cli("yank", "sample", code=ExitCode.USAGE)
    assert "no version '9.0'" in cli("yank", "sample==9.0", code=ExitCode.NOT_FOUND)


def test_a_local_copy_is_compared(cli: Cli, tmp_path: Path) -> None:
    copy = tmp_path / WHEEL.filename
    copy.write_bytes(WHEEL.content)
    assert "offered, same as the local file" in cli("status", "sample==1.0", str(copy))

    copy.write_bytes(WHEEL.content + b"x")
    cli("status", "sample==1.0", str(copy), code=ExitCode.FAILED)

    unknown = tmp_path / "sample-7.tar.gz"
    unknown.write_bytes(b"")
    cli("status", "sample==7", str(unknown), code=ExitCode.FAILED)


def test_metadata_are_uploaded_before_files(cli: Cli, published: InMemorySite, tmp_path: Path) -> None:
    text = "Metadata-Version: 2.1\nName: Sample\nVersion: 2.0\nSummary: To come\n"
    (tmp_path / "PKG-INFO").write_text(text)
    newer = build_wheel("Sample", "3.0", summary="Out of a wheel")
    (tmp_path / newer.filename).write_bytes(newer.content)

    assert cli("upload-metadata", "PKG-INFO") == "Sample 2.0: described\n"
    assert result(cli, "upload-metadata", newer.filename)["version"] == "3.0"

    overview = published.index.projects.read(ANONYMOUS, NormalizedName("sample"))
    assert overview.metadata is not None
    assert overview.metadata.summary == "Out of a wheel"
    assert "has files" in cli("upload-metadata", _saved(tmp_path, WHEEL), code=ExitCode.CONFLICT)
    (tmp_path / "empty").write_text("")
    assert "has no metadata" in cli("upload-metadata", "empty", code=ExitCode.USAGE)


def _saved(folder: Path, distribution: Any) -> str:
    path: Path = folder / distribution.filename
    path.write_bytes(distribution.content)
    return str(path)


def test_documentation_is_uploaded_from_a_folder_or_a_zip(
    cli: Cli, published: InMemorySite, tmp_path: Path
) -> None:
    site = tmp_path / "html"
    (site / "deep").mkdir(parents=True)
    (site / "index.html").write_text("<h1>Hello</h1>")
    (site / "deep/page.html").write_text("deep")
    release = ("--project", "sample", "--version", "1.0")

    sent = result(cli, "upload-docs", "html", *release)
    published.work()

    assert sent["project"] == "sample"
    assert published.index.documentation.of_project(ANONYMOUS, NormalizedName("sample")).sets
    with zipfile.ZipFile(tmp_path / "docs.zip", "w") as archive:
        archive.writestr("page.html", "no index")
    assert "index.html" in cli("upload-docs", "docs.zip", *release, code=ExitCode.REFUSED)
    assert "has no index.html" in cli("upload-docs", "html/deep", *release, code=ExitCode.USAGE)
    assert "There is no 'nowhere'" in cli("upload-docs", "nowhere", *release, code=ExitCode.USAGE)


class TestUploadWithDocumentation:
    """``pypi-cli upload --docs``."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> list[str]:
        """Return the files of a release that the index does not have, beside its documentation in html."""
        (tmp_path / "html").mkdir()
        (tmp_path / "html/index.html").write_text("<h1>Hello</h1>")
        return [_saved(tmp_path, build("Sample", "2.0")) for build in (build_wheel, build_sdist)]

    def test_both_are_published_in_one_step(
        self, cli: Cli, published: InMemorySite, files: list[str]
    ) -> None:
        before = published.index.journal.last_serial(OPERATOR)

        sent = result(cli, "upload", *files, "--docs", "html")

        assert [each["outcome"] for each in sent["files"]] == ["published", "published"]
        documentation = sent["documentation"]
        assert (documentation["project"], documentation["version"]) == ("sample", "2.0")
        assert documentation["url"].endswith("/docs/sample/2.0/")
        actions = [each.action for each in published.index.journal.since(OPERATOR, before)]
        assert actions[0] == "new release"
        assert actions[-1] == "docupdate"

    def test_a_single_file_is_published_with_it(self, cli: Cli, files: list[str]) -> None:
        assert "documentation is unpacking at" in cli("upload", files[0], "--docs", "html")

    def test_it_is_published_alone_for_files_that_are_there(self, cli: Cli, files: list[str]) -> None:
        cli("upload", *files)

        sent = result(cli, "upload", *files, "--docs", "html")

        assert [each["outcome"] for each in sent["files"]] == ["was there already", "was there already"]
        assert sent["documentation"]["state"] == "unpacking"

    def test_nothing_is_published_if_it_breaks_a_rule(
        self, cli: Cli, published: InMemorySite, files: list[str], tmp_path: Path
    ) -> None:
        with zipfile.ZipFile(tmp_path / "docs.zip", "w") as archive:
            archive.writestr("page.html", "no index")
        before = published.index.journal.last_serial(OPERATOR)

        err = cli("upload", *files, "--docs", "docs.zip", code=ExitCode.REFUSED)

        assert "documentation.zip: refused: " in err
        assert "index.html" in err
        assert "not published: another file of its release was refused." in err
        assert published.index.journal.last_serial(OPERATOR) == before

    def test_it_is_for_one_release(self, cli: Cli, files: list[str], tmp_path: Path) -> None:
        other = _saved(tmp_path, build_wheel("Sample", "3.0"))

        assert "of one release" in cli("upload", *files, other, "--docs", "html", code=ExitCode.USAGE)
        assert "There is no 'nowhere'" in cli("upload", *files, "--docs", "nowhere", code=ExitCode.USAGE)


def test_documentation_is_that_of_the_project_in_this_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html/index.html").write_text("<p>Hello")
    pyproject = tmp_path / "pyproject.toml"

    assert "Give --project: there is no pyproject.toml here" in cli(
        "upload-docs", "html", code=ExitCode.USAGE
    )
    for content, why in [
        ('[project]\nname = "Foo"\ndynamic = ["version"]', "Give --version: pyproject.toml does not state"),
        ("[project", "Give --project: pyproject.toml cannot be read"),
        ("project = 1", "Give --project: pyproject.toml cannot be read"),
    ]:
        pyproject.write_text(content)
        assert why in cli("upload-docs", "html", code=ExitCode.USAGE)
    pyproject.write_text('[project]\nname = "Nowhere"\nversion = "1.0"')
    assert "'nowhere'" in cli("upload-docs", "html", code=ExitCode.NOT_FOUND)


def test_changes_are_printed_in_order(cli: Cli) -> None:
    told = result(cli, "changes", "--limit", "2")["changes"]

    assert [(each["serial"], each["action"]) for each in told] == [(1, "create"), (2, "add Owner ada")]
    assert "Sample 1.0: new release" in cli("changes", "--since", "2")
    cli("changes", "--limit", "0", code=ExitCode.USAGE)


def test_tokens_are_made_listed_and_revoked(cli: Cli, published: InMemorySite) -> None:
    made = result(
        cli, "token", "create", "for CI", "--project", "sample", "--scope", "upload", "--expires", "9"
    )
    listed = cli("token", "list")
    identifier = made["token"]["id"]

    actor = published.site.authenticate(TokenCredentials(made["secret"]))
    assert actor.scope.projects == frozenset({NormalizedName("sample")})
    assert f"{identifier}  for CI  projects: sample; scope: upload; until" in listed
    assert made["secret"] not in listed
    assert cli("token", "revoke", identifier) == f"{identifier}: revoked\n"
    assert "no token" in cli("token", "revoke", identifier, code=ExitCode.NOT_FOUND)
    cli("token", "create", "x", "--expires", "0", code=ExitCode.USAGE)


def test_whoami_prints_the_account(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("whoami") == "ada\n"
    assert result(cli, "whoami")["proof"] == "token"
    monkeypatch.delenv("PYPI_TOKEN")
    cli("whoami", code=ExitCode.REFUSED)


def test_login_without_a_terminal_is_refused(cli: Cli) -> None:
    assert "takes a terminal" in cli("login", code=ExitCode.USAGE)
    cli("logout", code=ExitCode.NOTHING_MATCHED)


class Terminal:
    """Standard input of a person who types lines."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self._lines.pop(0) + "\n"


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that says what a person types: lines, then what is not shown."""

    def types(*lines: str, hidden: str) -> None:
        monkeypatch.setattr("sys.stdin", Terminal(*lines))
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        monkeypatch.setattr("getpass.getpass", lambda *_args, **_kwargs: hidden)

    return types


def test_a_password_is_exchanged_for_a_token_that_is_kept(
    cli: Cli,
    published: InMemorySite,
    monkeypatch: pytest.MonkeyPatch,
    at_terminal: Callable[..., None],
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("PYPI_TOKEN")
    at_terminal("ada", hidden="correct horse")

    assert "Logged in to https://index.example/ as ada." in cli("login")

    kept = (tmp_path / "config/tokens.json").read_text()
    assert "correct horse" not in kept
    assert cli("whoami") == "ada\n"
    assert "pypi-cli login of ada" in cli("token", "list")
    secret = json.loads(kept)["https://index.example/"]["token"]
    assert cli("logout") == "Logged out of https://index.example/. The token is revoked.\n"
    cli("whoami", code=ExitCode.REFUSED)
    monkeypatch.setenv("PYPI_TOKEN", secret)
    cli("token", "list", code=ExitCode.REFUSED)


def test_logout_can_leave_the_token_valid(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, at_terminal: Callable[..., None], tmp_path: Path
) -> None:
    monkeypatch.delenv("PYPI_TOKEN")
    at_terminal("ada", hidden="correct horse")
    cli("login")
    kept = json.loads((tmp_path / "config/tokens.json").read_text())

    assert result(cli, "logout", "--keep") == {
        "index": "https://index.example/",
        "forgotten": True,
        "revoked": False,
    }

    cli("whoami", code=ExitCode.REFUSED)
    monkeypatch.setenv("PYPI_TOKEN", kept["https://index.example/"]["token"])
    assert cli("whoami") == "ada\n"


def test_logout_succeeds_when_the_token_is_revoked_already(
    cli: Cli, published: InMemorySite, monkeypatch: pytest.MonkeyPatch, at_terminal: Callable[..., None]
) -> None:
    token = published.token("ada")
    monkeypatch.delenv("PYPI_TOKEN")
    at_terminal("ada", hidden="correct horse")
    cli("login")
    monkeypatch.setenv("PYPI_TOKEN", token)
    for each in result(cli, "token", "list")["tokens"]:
        if each["description"] == "pypi-cli login of ada":
            cli("token", "revoke", each["id"])
    monkeypatch.delenv("PYPI_TOKEN")

    assert cli("logout") == "Logged out of https://index.example/. The token was forgotten.\n"


@pytest.mark.parametrize(
    ("options", "days", "narrowed"),
    [
        ((), 90, (None, None)),
        (("--expires", "7", "--scope", "upload", "--project", "sample"), 7, (["sample"], ["upload"])),
        (("--expires", "0"), None, (None, None)),
    ],
)
def test_login_makes_a_token_of_the_scope_and_the_days_that_are_asked_for(
    cli: Cli,
    published: InMemorySite,
    monkeypatch: pytest.MonkeyPatch,
    at_terminal: Callable[..., None],
    options: tuple[str, ...],
    days: int | None,
    narrowed: tuple[list[str] | None, list[str] | None],
) -> None:
    monkeypatch.setenv("PYPI_TOKEN", published.token("ada"))
    at_terminal("ada", hidden="correct horse")
    before = datetime.now(UTC)

    cli("login", *options)

    [made] = [
        each
        for each in result(cli, "token", "list")["tokens"]
        if each["description"] == "pypi-cli login of ada"
    ]
    scope = made["scope"]
    assert (scope["projects"], scope["actions"]) == narrowed
    if days is None:
        assert made["expires"] is None
    else:
        left = datetime.fromisoformat(made["expires"]) - before
        assert timedelta(days=days) <= left + timedelta(seconds=1)
        assert left < timedelta(days=days, hours=1)
    assert "number of days" in cli("login", "--expires", "-1", code=ExitCode.USAGE)


def test_a_failed_login_does_not_advise_to_log_in(cli: Cli, at_terminal: Callable[..., None]) -> None:
    at_terminal("ada", hidden="guessed")

    said = cli("login", code=ExitCode.REFUSED)

    assert "wrong" in said
    assert "pypi-cli login" not in said


@pytest.mark.parametrize("username", ["", "__token__"])
def test_a_token_is_kept_as_it_is(
    cli: Cli,
    published: InMemorySite,
    monkeypatch: pytest.MonkeyPatch,
    at_terminal: Callable[..., None],
    username: str,
) -> None:
    token = published.token("ada")
    monkeypatch.delenv("PYPI_TOKEN")
    at_terminal(username, hidden=token)

    assert result(cli, "login")["username"] == "ada"
    assert cli("whoami") == "ada\n"
    # It was not made by login, and may be in use elsewhere.
    assert cli("logout") == "Logged out of https://index.example/. The token was forgotten.\n"
    monkeypatch.setenv("PYPI_TOKEN", token)
    assert cli("whoami") == "ada\n"


def test_a_token_that_is_typed_cannot_be_narrowed(cli: Cli, at_terminal: Callable[..., None]) -> None:
    at_terminal("__token__", hidden="pidx_token")

    said = cli("login", "--scope", "upload", code=ExitCode.USAGE)

    # It is wrapped, as on a terminal.
    assert "log in with a password" in " ".join(said.split())


def test_name_and_password_of_an_account_work_and_nothing_is_kept(
    cli: Cli,
    published: InMemorySite,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    token = published.token("ada")
    monkeypatch.delenv("PYPI_TOKEN")
    monkeypatch.setenv("PYPI_USERNAME", "ada")
    monkeypatch.setenv("PYPI_PASSWORD", "correct horse")

    assert cli("whoami") == "ada\n"
    assert cli("project", "create", "by-password") == "by-password: created\n"
    assert "yank" in cli("yank", "sample==1.0", "--json") or cli("info", "sample")
    assert run(["whoami", "--verbose"]) == 0
    assert "exchanged for a token of an hour" in capsys.readouterr().err
    assert not (tmp_path / "config/tokens.json").exists()

    monkeypatch.setenv("PYPI_PASSWORD", "guessed")
    assert "wrong" in cli("whoami", code=ExitCode.REFUSED)

    monkeypatch.setenv("PYPI_TOKEN", token)
    made = [each for each in result(cli, "token", "list")["tokens"] if each["description"] == "for an hour"]
    assert made
    assert all(
        datetime.fromisoformat(each["expires"]) < datetime.now(UTC) + timedelta(hours=1) for each in made
    )


def test_an_upload_with_a_bad_token_fails_though_the_file_is_there(
    cli: Cli, published: InMemorySite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / WHEEL.filename).write_bytes(WHEEL.content)
    (tmp_path / SDIST.filename).write_bytes(SDIST.content)
    assert "was there already" in cli("upload", WHEEL.filename)

    monkeypatch.setenv("PYPI_TOKEN", "pidx_of_nobody")

    for files in ([WHEEL.filename], [WHEEL.filename, SDIST.filename]):
        cli("upload", *files, code=ExitCode.REFUSED)
        cli("upload", *files, "--skip-existing", code=ExitCode.REFUSED)
    monkeypatch.delenv("PYPI_TOKEN")
    assert "with credentials only" in cli("upload", WHEEL.filename, code=ExitCode.REFUSED)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        *(
            (each, "no index 'nope'")
            for each in ("whoami", "search word", "info sample", "changes", "token list")
        ),
        ("files sample", "nor a list of projects: is that the URL of an index?"),
    ],
)
def test_an_unreachable_index_is_reported_as_such(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str, said: str
) -> None:
    monkeypatch.setenv("PYPI_REPOSITORY", "https://index.example/i/nope/")

    assert said in cli(*command.split(), code=ExitCode.NOT_FOUND)


def test_a_file_of_another_release_is_not_reported_as_part_of_this_one(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / WHEEL.filename).write_bytes(WHEEL.content)

    other = cli("status", "idna==3.20", WHEEL.filename, code=ExitCode.USAGE)
    older = cli("status", "sample==0.9", WHEEL.filename, code=ExitCode.USAGE)

    assert f"{WHEEL.filename} is a file of sample, not of idna" in other
    assert f"{WHEEL.filename} is a file of version 1.0, not of 0.9" in older
    assert "same as the local file" in cli("status", "Sample==1", WHEEL.filename)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("status sample", ExitCode.NOTHING_MATCHED),
        ("download sample", ExitCode.NOT_FOUND),
        ("download sample --all-files", ExitCode.NOT_FOUND),
        ("cache create new sample", ExitCode.NOT_FOUND),
    ],
)
def test_a_quarantine_is_reported_wherever_it_hides_files(
    cli: Cli, published: InMemorySite, command: str, code: ExitCode
) -> None:
    status = ProjectStatus(Status.QUARANTINED, "Looked into.")
    published.index.set_project_status(OPERATOR, NormalizedName("sample"), status)

    said = cli(*command.split(), code=code)

    assert "sample is quarantined on this index (Looked into): its files are hidden" in said.lower().replace(
        "looked", "Looked"
    )


def test_the_list_of_files_reports_a_quarantine(
    cli: Cli, published: InMemorySite, capsys: pytest.CaptureFixture[str]
) -> None:
    status = ProjectStatus(Status.QUARANTINED)
    published.index.set_project_status(OPERATOR, NormalizedName("sample"), status)

    assert run(["files", "sample"]) == ExitCode.DONE

    assert "sample is quarantined on this index" in capsys.readouterr().err


def test_a_file_is_found_by_its_digest(cli: Cli) -> None:
    found = result(cli, "files", "--sha256", SDIST.sha256.upper())

    assert (found["name"], found["version"]) == ("sample", "1.0")
    assert [each["filename"] for each in found["files"]] == [SDIST.filename]
    assert "no file with the SHA-256" in cli("files", "--sha256", "0" * 64, code=ExitCode.NOT_FOUND)
    assert "Name a project, or" in cli("files", code=ExitCode.USAGE)
