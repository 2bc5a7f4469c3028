"""``pypi-server project`` and ``role``: what they do, what they say, and with which exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pypi_app.container import Container, assemble
from pypi_app.server_command.main import main
from pypi_app.settings import Settings
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.index import Index

WHEEL = build_wheel("Sample", "1.0")
SDIST = build_sdist("Sample", "1.0")
NEWER = build_wheel("Sample", "2.0")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    container = assemble(Settings(data=str(tmp_path)))
    container.database().migrate()
    site = container.site()
    for name in (DEFAULT_INDEX, IndexName("test")):
        site.create_index(OPERATOR, name, IndexSettings())
    for username in ("alice", "bob"):
        site.register_account(OPERATOR, username, "correct horse")
    for each in (WHEEL, SDIST, NEWER):
        publish(site.index(DEFAULT_INDEX), each)
    publish(site.index(IndexName("test")), WHEEL)
    yield container
    container.database().dispose()


@pytest.fixture
def index(container: Container) -> Index:
    return container.site().index(DEFAULT_INDEX)


@pytest.fixture
def run(
    container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    def run_command(*arguments: str) -> tuple[int, str, str]:
        given = ["pypi-server", *arguments, "--data", str(tmp_path)]
        monkeypatch.setattr("sys.argv", given)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run_command


def publish(index: Index, distribution: BuiltDistribution) -> None:
    arrival = index.staging.begin()
    arrival.append(distribution.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(distribution.filename, archive, staged.digests)
    index.publish_file(OPERATOR, upload, staged)


def recorded(index: Index) -> list[str]:
    first_uploads = 6
    return [each.action for each in index.journal.since(OPERATOR, Serial(first_uploads))]


def test_a_status_is_given_and_shown(run: Run, index: Index) -> None:
    assert run("project", "status", "Sample") == (0, "sample: active\n", "")
    assert run("project", "status", "sample", "quarantined", "--reason", "Looked into.") == (
        0,
        "sample: quarantined: Looked into.\n",
        "",
    )
    assert run("project", "status", "sample")[1] == "sample: quarantined: Looked into.\n"
    assert run("project", "status", "sample", "--index", "test")[1] == "sample: active\n"
    assert run("project", "status", "sample", "active")[1] == "sample: active\n"
    assert recorded(index) == ["project quarantined", "project quarantine cleared"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["project", "status", "other"], 3, "There is no project 'other'"),
        (["project", "status", "sample", "--reason", "hm"], 2, "Say which status"),
        (["project", "status", "sample", "archived", "--reason", "two\nlines"], 4, "on one line"),
        (["project", "status", "-sample-"], 2, "There is no option -s."),
        (["project", "status", "sample."], 4, "Start and end with a letter"),
        (["project", "status", "sample", "--index", "other"], 3, "There is no index 'other'"),
        (["project", "delete", "sample"], 2, "Add --yes"),
        (["project", "delete", "sample", "9.0", "--yes"], 3, "has no version '9.0'"),
        (["project", "delete", "sample", "nonsense", "--yes"], 4, "nonsense"),
        (["project", "delete", "sample", "2.0", WHEEL.filename, "--yes"], 3, "There is no file"),
        (["project", "yank", "sample", "9.0"], 3, "has no version '9.0'"),
        (["role", "grant", "sample", "nobody", "owner"], 3, "There is no account 'nobody'"),
        (["role", "revoke", "sample", "bob"], 3, "has no role"),
    ],
)
def test_an_impossible_command_is_reported_in_a_sentence_and_changes_nothing(
    run: Run, index: Index, arguments: list[str], code: int, sentence: str
) -> None:
    ended, out, error = run(*arguments)

    assert (ended, out) == (code, "")
    assert sentence in error
    assert "Traceback" not in error
    assert recorded(index) == []


def test_releases_and_files_are_yanked_and_unyanked(run: Run, index: Index) -> None:
    assert run("project", "yank", "sample", "1.0", "--reason", "broken") == (0, "Yanked sample 1.0.\n", "")
    assert run("project", "yank", "sample", "1.0", SDIST.filename)[1] == f"Yanked {SDIST.filename}.\n"
    assert run("project", "unyank", "sample", "1.0.0")[0] == 0
    assert run("project", "unyank", "sample", "1.0", SDIST.filename)[0] == 0
    assert recorded(index) == [
        "yank release",
        f"yank file {SDIST.filename}",
        "unyank release",
        f"unyank file {SDIST.filename}",
    ]


def test_a_project_is_handed_over(run: Run, index: Index) -> None:
    assert run("role", "list", "sample") == (0, "", "")
    assert run("role", "grant", "sample", "alice", "owner") == (0, "alice: owner\n", "")
    assert run("role", "grant", "sample", "bob", "maintainer")[0] == 0
    assert run("role", "list", "sample")[1] == "alice: owner\nbob: maintainer\n"
    assert run("role", "revoke", "sample", "alice")[0] == 5
    assert run("role", "grant", "sample", "bob", "owner")[0] == 0
    assert run("role", "revoke", "sample", "alice") == (0, "alice no longer has a role in sample.\n", "")
    assert run("role", "list", "sample")[1] == "bob: owner\n"
    assert recorded(index) == [
        "add Owner alice",
        "add Maintainer bob",
        "change Maintainer bob to Owner",
        "remove Owner alice",
    ]


def test_file_release_and_project_are_deleted(run: Run, index: Index) -> None:
    for arguments in (["1.0", SDIST.filename], ["1.0"], []):
        code, out, _ = run("project", "delete", "Sample", *arguments, "--yes")
        assert code == 0
        assert out.startswith("Deleted ")

    assert recorded(index) == [f"remove file {SDIST.filename}", "remove release", "remove project"]
    assert run("project", "status", "sample")[0] == 3
    assert run("project", "status", "sample", "--index", "test")[0] == 0
