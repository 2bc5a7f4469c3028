"""``pypi-server project``, run on a folder: what it does, what it says, and with which exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pypi_app.container import Container, assemble
from pypi_app.server_command.main import main
from pypi_app.settings import Settings
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.index import Index
from pypi_core.testing.builders import BuiltDistribution, build_sdist, build_wheel

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
        given = ["pypi-server", "project", *arguments, "--data", str(tmp_path)]
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
    return [each.action for each in index.list_changes(OPERATOR, Serial(first_uploads))]


def test_a_status_is_given_and_shown(run: Run, index: Index) -> None:
    assert run("status", "Sample") == (0, "sample: active\n", "")
    assert run("status", "sample", "quarantined", "--reason", "Looked into.") == (
        0,
        "sample: quarantined: Looked into.\n",
        "",
    )
    assert run("status", "sample")[1] == "sample: quarantined: Looked into.\n"
    assert run("status", "sample", "--index", "test")[1] == "sample: active\n"
    assert run("status", "sample", "active")[1] == "sample: active\n"
    assert recorded(index) == ["project quarantined", "project quarantine cleared"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["status", "other"], 1, "There is no project 'other'"),
        (["status", "sample", "--reason", "hm"], 2, "Say which status"),
        (["status", "sample", "archived", "--reason", "two\nlines"], 1, "on one line"),
        (["status", "-sample-"], 2, "Unknown option"),
        (["status", "sample."], 1, "Start and end with a letter"),
        (["status", "sample", "--index", "other"], 1, "There is no index 'other'"),
        (["delete", "sample"], 1, "add --yes"),
        (["delete", "sample", "9.0", "--yes"], 1, "has no version '9.0'"),
        (["delete", "sample", "nonsense", "--yes"], 1, "nonsense"),
        (["delete", "sample", "2.0", WHEEL.filename, "--yes"], 1, "There is no file"),
        (["yank", "sample", "9.0"], 1, "has no version '9.0'"),
        (["grant", "sample", "nobody", "owner"], 1, "There is no account 'nobody'"),
        (["revoke", "sample", "bob"], 1, "has no role"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_and_changes_nothing(
    run: Run, index: Index, arguments: list[str], code: int, sentence: str
) -> None:
    ended, out, error = run(*arguments)

    assert (ended, out) == (code, "")
    assert sentence in error
    assert "Traceback" not in error
    assert recorded(index) == []


def test_releases_and_files_are_yanked_and_unyanked(run: Run, index: Index) -> None:
    assert run("yank", "sample", "1.0", "--reason", "broken") == (0, "Yanked sample 1.0.\n", "")
    assert run("yank", "sample", "1.0", SDIST.filename)[1] == f"Yanked {SDIST.filename}.\n"
    assert run("unyank", "sample", "1.0.0")[0] == 0
    assert run("unyank", "sample", "1.0", SDIST.filename)[0] == 0
    assert recorded(index) == [
        "yank release",
        f"yank file {SDIST.filename}",
        "unyank release",
        f"unyank file {SDIST.filename}",
    ]


def test_a_project_is_handed_over(run: Run, index: Index) -> None:
    assert run("roles", "sample") == (0, "", "")
    assert run("grant", "sample", "alice", "owner") == (0, "alice: owner\n", "")
    assert run("grant", "sample", "bob", "maintainer")[0] == 0
    assert run("roles", "sample")[1] == "alice: owner\nbob: maintainer\n"
    assert run("revoke", "sample", "alice")[0] == 1
    assert run("grant", "sample", "bob", "owner")[0] == 0
    assert run("revoke", "sample", "alice") == (0, "alice has no role in sample any more.\n", "")
    assert run("roles", "sample")[1] == "bob: owner\n"
    assert recorded(index) == [
        "add Owner alice",
        "add Maintainer bob",
        "change Maintainer bob to Owner",
        "remove Owner alice",
    ]


def test_file_release_and_project_are_deleted(run: Run, index: Index) -> None:
    for arguments in (["1.0", SDIST.filename], ["1.0"], []):
        code, out, _ = run("delete", "Sample", *arguments, "--yes")
        assert code == 0
        assert out.startswith("Deleted ")

    assert recorded(index) == [f"remove file {SDIST.filename}", "remove release", "remove project"]
    assert run("status", "sample")[0] == 1
    assert run("status", "sample", "--index", "test")[0] == 0
