"""What a person at a terminal of 80 columns sees, and what a pipe gets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pypi_api_client.models import Metadata
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_terminal.columns import Row, Table, folded, table_lines, text_width
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.running import run
from pypi_tool.work.addresses import home_page_address, own_documentation_address, repository_address

Cli = Callable[..., str]
WIDTH = 80
NAME = "a-project-with-a-name-that-people-would-rather-not-have-to-type"
WHEEL, SDIST = build_wheel(NAME, "1.0"), build_sdist(NAME, "1.0")
REASON = "it deletes the wrong files " * 5
SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


@pytest.fixture
def index(published: InMemorySite) -> InMemorySite:
    """Return an index that has a project with a long name, two versions and documentation."""
    ada = published.actor("ada")
    urls = [
        ("Project-URL", "Source Code, https://code.example/sample"),
        ("Keywords", ",".join(["keyword"] * 30)),
    ]
    wheel = build_wheel(NAME, "1.0", summary="Says " + "a word and " * 15, extra_metadata=urls)
    for each in (wheel, SDIST, build_wheel(NAME, "0.9")):
        published.publish(ada, each)
    published.document(ada, NAME, "1.0", build_documentation())
    published.work()
    return published


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that makes what a test prints from now on go to a terminal."""

    def sit_down() -> None:
        monkeypatch.setenv("COLUMNS", str(WIDTH))
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        for stream in ("stdout", "stderr"):
            monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)

    return sit_down


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("command", "headings"),
    [
        (f"versions {NAME}", "Version  Released    Files"),
        (f"files {NAME}", "File"),
        ("search says", "Project"),
        ("changes --last 3", "Serial"),
        ("token list", "ID  Description"),
        (f"role list {NAME}", "User  Role"),
        (f"docs list {NAME}", "Version  State  Size"),
        ("index list", "Address"),
        (f"info {NAME}", ""),
        (f"status {NAME}", ""),
    ],
)
def test_nothing_breaks_inside_a_word(
    cli: Cli, index: InMemorySite, at_terminal: Callable[[], None], command: str, headings: str
) -> None:
    at_terminal()
    cli("token", "create", "a token for " + "everything and " * 5, "--scope", "upload", "--expires", "9")
    cli("yank", f"{NAME}==0.9", "--reason", REASON.strip())

    lines = plain(cli(*command.split())).splitlines()

    assert headings in lines[0]
    assert [each for each in lines if len(each) > WIDTH and len(each.split()) > 1] == []


def test_a_digest_stays_whole(cli: Cli, index: InMemorySite, at_terminal: Callable[[], None]) -> None:
    at_terminal()
    lines = plain(cli("files", NAME)).splitlines()

    assert len([each for each in lines if SHA256.search(each) and len(each) <= WIDTH]) == 3


def test_versions_have_dates(cli: Cli, index: InMemorySite, at_terminal: Callable[[], None]) -> None:
    at_terminal()
    assert re.search(r"^1\.0 +\d{4}-\d\d-\d\d +2$", plain(cli("versions", NAME)), re.MULTILINE)
    released = json.loads(cli("versions", NAME, "--json"))["result"]["versions"][0]["released"]
    assert re.match(r"\d{4}-\d\d-\d\dT", released)


def test_a_pipe_gets_plain_lines(cli: Cli, index: InMemorySite) -> None:
    assert cli("versions", NAME) == "1.0  2 files\n0.9  1 file\n"
    assert cli("role", "list", NAME) == "ada  Owner\n"
    assert len(cli("files", NAME).splitlines()) == 3


def test_a_yanked_row_is_dim(cli: Cli, index: InMemorySite, at_terminal: Callable[[], None]) -> None:
    at_terminal()
    cli("yank", f"{NAME}==0.9")

    heading, newest, yanked = cli("versions", NAME).splitlines()

    assert (heading[:4], newest[:3], yanked[:4]) == ("\x1b[1m", "1.0", "\x1b[2m")


@pytest.mark.parametrize(
    "line", ["info nowhere", "dowload x", "hide sample", "upload nothing.whl", "install x"]
)
def test_errors_are_red_and_broken_between_words(
    cli: Cli, at_terminal: Callable[[], None], capsys: pytest.CaptureFixture[str], line: str
) -> None:
    at_terminal()
    assert run(line.split()) != ExitCode.DONE

    err = capsys.readouterr().err
    assert err.startswith("\x1b[31mpypi-cli: ")
    assert [each for each in plain(err).splitlines() if len(each) > WIDTH] == []
    run([*line.split(), "--color", "never"])
    assert "\x1b" not in capsys.readouterr().err


def test_a_note_is_not_red(
    cli: Cli, at_terminal: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    at_terminal()
    run(["search", "nothing-of-that-kind"])

    assert "\x1b[31m" not in capsys.readouterr().err


class TestQuiet:
    def test_quiet_confirms_nothing(
        self, cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wheel = build_wheel("Fresh", "1.0")
        (tmp_path / wheel.filename).write_bytes(wheel.content)
        for line in (
            f"check {wheel.filename}", f"upload {wheel.filename}", "yank fresh==1.0", "unyank fresh 1.0",
            "project create other", "role grant fresh ada Owner", "delete fresh==1.0 --yes",
            "project delete other -y",
        ):  # fmt: skip
            assert run([*line.split(), "--quiet"]) == ExitCode.DONE
            assert capsys.readouterr() == ("", "")

    def test_quiet_still_prints_results(self, cli: Cli) -> None:
        assert cli("versions", "sample", "-q") == "1.0  2 files\n"
        assert cli("token", "create", "x", "-q").startswith("pidx_")


class TestAddresses:
    def test_an_upload_ends_with_the_address_of_the_page(
        self, cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for each in (build_wheel("Fresh.One", "1.0"), build_sdist("Fresh.One", "1.0")):
            (tmp_path / each.filename).write_bytes(each.content)

        assert run(["upload", "*.whl", "*.tar.gz"]) == ExitCode.DONE

        err = capsys.readouterr().err
        assert err == "pypi-cli: 2 files published. https://index.example/project/fresh-one/1.0/\n"

    def test_info_shows_them(self, cli: Cli, index: InMemorySite) -> None:
        lines = cli("info", NAME).splitlines()

        assert f"Page           https://index.example/project/{NAME}/" in lines
        assert f"Documentation  https://index.example/docs/{NAME}/1.0/" in lines
        assert lines[-1] == f"Install        pip install --index-url https://index.example/simple/ {NAME}"

    @pytest.mark.parametrize(
        ("options", "address"),
        [
            ("", f"https://index.example/project/{NAME}/"),
            ("1.0", f"https://index.example/project/{NAME}/1.0/"),
            ("--docs", f"https://index.example/docs/{NAME}/1.0/"),
            ("1.0 --source", "https://code.example/sample"),
        ],
    )
    def test_open_prints_them(self, cli: Cli, index: InMemorySite, options: str, address: str) -> None:
        assert cli("open", NAME, *options.split()) == f"{address}\n"

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "/etc/passwd", ""])
    def test_only_addresses_of_the_web_are_opened(self, url: str) -> None:
        stated = Metadata(project_urls={"Source Code": url, "Docs": url, "Homepage": url}, home_page=url)

        assert (
            repository_address(stated) == own_documentation_address(stated) == home_page_address(stated) == ""
        )

    def test_a_missing_address_of_a_project_is_reported(self, cli: Cli, index: InMemorySite) -> None:
        assert "no documentation" in cli("open", f"{NAME}==0.9", "--docs", code=ExitCode.NOT_FOUND)
        assert "no home page" in cli("open", NAME, "--home", code=ExitCode.NOT_FOUND)


class TestLastChanges:
    def test_as_many_as_asked_for_are_listed_the_oldest_first(self, cli: Cli, index: InMemorySite) -> None:
        everything = json.loads(cli("changes", "--json"))["result"]["changes"]
        last = json.loads(cli("changes", "--last", "3", "--json"))["result"]["changes"]

        assert last == everything[-3:]
        assert json.loads(cli("changes", "--last", "1000", "--json"))["result"]["changes"] == everything

    def test_their_columns_are_named(
        self, cli: Cli, index: InMemorySite, at_terminal: Callable[[], None]
    ) -> None:
        at_terminal()

        words = plain(cli("changes", "--last", "3")).split()

        assert words[:6] == ["Serial", "Time", "(UTC)", "Project", "Version", "Change"]

    @pytest.mark.parametrize("options", ["--last 0", "--last 3 --since 2", "--last 3 --follow"])
    def test_contradictory_options_are_wrong_usage(self, cli: Cli, options: str) -> None:
        cli("changes", *options.split(), code=ExitCode.USAGE)


class TestColumns:
    def lines(self, width: int, *rows: tuple[str, ...]) -> list[str]:
        table = Table(("One", "Two", "Three"), [Row(each) for each in rows])
        return list(table_lines(table, width, bold=str.upper, dim=str))

    def test_they_are_aligned(self) -> None:
        assert self.lines(80, ("a", "b", "c"), ("longer", "", "d")) == [
            "ONE     TWO  THREE",
            "a       b    c",
            "longer       d",
        ]

    def test_an_empty_one_is_left_out(self) -> None:
        assert self.lines(80, ("a", "", "c")) == ["ONE  THREE", "a    c"]

    def test_the_last_is_broken_between_words(self) -> None:
        assert self.lines(35, ("a", "b", "one two three four five six seven")) == [
            "ONE  TWO  THREE",
            "a    b    one two three four five",
            "          six seven",
        ]

    def test_one_that_does_not_fit_goes_below(self) -> None:
        assert self.lines(20, ("a", "b", "x" * 18))[-2:] == ["a    b", "  " + "x" * 18]

    def test_cells_stay_whole_where_a_row_does_not_fit(self) -> None:
        assert self.lines(20, ("x" * 18, "1.0 kB", "d"))[-3:] == ["x" * 18, "  1.0 kB", "  d"]

    def test_wide_characters_take_two_columns(self) -> None:
        assert text_width("日本") == 4
        assert text_width("e\u0301") == 1
        assert self.lines(80, ("日本", "b", "c"))[1] == "日本  b    c"

    def test_a_text_is_broken_between_words_alone(self) -> None:
        assert folded("one two three", 8, hang=2) == ["one two", "  three"]
        assert folded("x" * 20, 8) == ["x" * 20]
        assert folded("a " + "x" * 7, 8, hang=4) == ["a", " " + "x" * 7]
        assert folded("", 8) == []
