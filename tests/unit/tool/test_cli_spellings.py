"""People who come from other tools are understood, or told the word that is used here."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS
from pypi_core.domain.names import NormalizedName
from pypi_terminal.exit_codes import ExitCode

Cli = Callable[..., str]
WHEEL, SDIST = build_wheel("Sample", "1.0"), build_sdist("Sample", "1.0")


class TestYanking:
    @pytest.mark.parametrize(("yank", "unyank"), [("yank", "unyank"), ("hide", "unhide")])
    def test_a_release_is_yanked_and_unyanked(self, cli: Cli, yank: str, unyank: str) -> None:
        assert cli(yank, "sample==1.0", "--reason", "broken") == "sample==1.0: yanked\n"
        assert "Yanked: broken" in cli("info", "sample==1.0")
        assert cli(unyank, "sample==1.0") == "sample==1.0: unyanked\n"
        assert "Yanked" not in cli("info", "sample==1.0")

    @pytest.mark.parametrize(
        "words",
        [
            ["sample", "1.0"],
            ["sample@1.0"],
            ["Sample==1"],
            ["sample", "1.0", WHEEL.filename, SDIST.filename],
            [WHEEL.filename, SDIST.filename],
            ["sample", WHEEL.filename, SDIST.filename],
        ],
    )
    def test_yank_accepts_every_spelling_of_a_release(self, cli: Cli, words: list[str]) -> None:
        cli("yank", *words)

        assert "  2 files yanked" in cli("versions", "sample")
        cli("unyank", *words)
        assert "yanked" not in cli("versions", "sample")

    def test_a_file_of_another_release_is_refused(self, cli: Cli) -> None:
        err = cli("yank", "sample==2.0", WHEEL.filename, code=ExitCode.USAGE)

        assert f"{WHEEL.filename} is a file of sample==1.0, not of sample==2.0." in err

    def test_a_file_that_was_yanked_on_its_own_stays_so(
        self, cli: Cli, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cli("yank", "sample==1.0", SDIST.filename)
        cli("yank", "sample==1.0")

        assert cli("unyank", "sample==1.0", "--json")
        cli("yank", "sample==1.0")
        err = both(capsys, "unyank", "sample==1.0")
        assert f"{SDIST.filename}: still yanked, because yanked on its own" in err
        assert f"pypi-cli unyank sample==1.0 {SDIST.filename}" in err
        assert both(capsys, "unyank", "sample==1.0", SDIST.filename) == ""

    def test_a_file_of_a_yanked_release_stays_so(self, cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
        cli("yank", "sample==1.0")

        err = both(capsys, "unyank", "sample==1.0", SDIST.filename)

        assert f"{SDIST.filename}: still yanked, because the whole release is" in err

    def test_yanking_again_keeps_the_reason(self, cli: Cli) -> None:
        cli("yank", "sample==1.0", "--reason", "broken")
        cli("yank", "sample==1.0")
        assert "Yanked: broken" in cli("info", "sample==1.0")

        cli("yank", "sample==1.0", "--reason", "worse")
        assert "Yanked: worse" in cli("info", "sample==1.0")
        cli("yank", "sample==1.0", "--reason", "")
        assert "Yanked: no reason given" in cli("info", "sample==1.0")

    def test_yanking_a_file_again_keeps_the_reason(self, cli: Cli) -> None:
        cli("yank", "sample==1.0", SDIST.filename, "--reason", "broken")
        cli("yank", "sample==1.0", SDIST.filename)
        assert "broken" in cli("status", "sample==1.0")

        cli("yank", "sample==1.0", SDIST.filename, "--reason", "")
        assert "broken" not in cli("status", "sample==1.0")


def both(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that has to succeed, and return what it said on standard error."""
    from pypi_tool.running import run

    assert run(list(arguments)) == ExitCode.DONE
    return capsys.readouterr().err


class TestDeleting:
    def test_a_release_is_deleted(self, cli: Cli, published: InMemorySite) -> None:
        assert "Add --yes" in cli("delete", "sample==1.0", code=ExitCode.USAGE)
        assert cli("delete", "sample", "1.0", "--yes") == "sample==1.0: deleted\n"
        assert not published.index.projects.read(ANONYMOUS, NormalizedName("sample")).files

    def test_a_file_is_deleted(self, cli: Cli, published: InMemorySite) -> None:
        assert cli("delete", "sample==1.0", SDIST.filename, "-y") == f"{SDIST.filename}: deleted\n"
        files = published.index.projects.read(ANONYMOUS, NormalizedName("sample")).files
        assert [each.filename for each in files] == [WHEEL.filename]

    def test_delete_without_a_version_deletes_nothing(self, cli: Cli) -> None:
        err = cli("delete", "sample", "--yes", code=ExitCode.USAGE)

        assert "pypi-cli project delete sample" in err


class TestDocumentation:
    def test_it_is_listed_and_deleted(self, cli: Cli, published: InMemorySite) -> None:
        published.document(published.actor("ada"), "sample", "1.0", build_documentation())
        published.work()

        assert cli("docs", "list", "sample").startswith("1.0  ready  ")
        assert (
            json.loads(cli("docs", "list", "sample", "--json"))["result"]["versions"][0]["version"] == "1.0"
        )
        assert "Add --yes" in cli("docs", "delete", "sample==1.0", code=ExitCode.USAGE)
        assert cli("docs", "delete", "sample", "1.0", "--yes") == "sample==1.0: documentation deleted\n"
        cli("docs", "list", "sample", code=ExitCode.NOTHING_MATCHED)


class TestOtherNames:
    @pytest.mark.parametrize(
        ("typed", "command"),
        [
            ("show sample", "info"),
            ("view sample 1.0", "info"),
            ("info sample@1.0", "info"),
            ("files sample 1.0", "files"),
            ("status sample 1.0", "status"),
            ("register brand-new", "project create"),
            ("project roles sample", "role list"),
            ("project add-role sample ada Owner", "role grant"),
            ("hide sample 1.0", "yank"),
        ],
    )
    def test_a_result_names_the_command_that_was_meant(self, cli: Cli, typed: str, command: str) -> None:
        assert json.loads(cli(*typed.split(), "--json"))["command"] == command

    def test_a_scope_is_narrowed_by_the_name_of_before(self, cli: Cli) -> None:
        cli("token", "create", "x", "--only", "upload")

        assert "scope: upload" in cli("token", "list")

    @pytest.mark.parametrize(
        "option", ["--repository", "--repository-url", "--index-url", "--publish-url", "-i"]
    )
    def test_an_index_is_named_as_elsewhere(self, cli: Cli, option: str) -> None:
        assert cli("info", "sample", option, "https://index.example/").startswith("Sample 1.0\n")

    def test_options_are_called_as_elsewhere(self, cli: Cli) -> None:
        assert "Sample" in cli("info", "sample", "-u", "__token__", "--non-interactive")


class TestHints:
    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("install sample", "use pip"),
            ("list", "pypi-cli versions PROJECT"),
            ("owner list", "pypi-cli role"),
            ("build", "python -m build"),
            ("unpublish sample", "pypi-cli delete"),
            ("push x.whl", "pypi-cli upload"),
            ("yank sample --undo", "pypi-cli unyank"),
            ("upload x.whl --sign", "--attestations"),
            ("download sample --extra-index-url https://x.example/", "--index"),
            ("download sample 1.0", "write sample==1.0"),
        ],
    )
    def test_a_word_of_another_tool_is_answered_with_ours(self, cli: Cli, typed: str, hint: str) -> None:
        assert hint in cli(*typed.split(), code=ExitCode.USAGE)

    @pytest.mark.parametrize(
        "typed",
        ["upload -p s3cret x.whl", "upload -ps3cret x", "--password=s3cret whoami", "login --token s3cret"],
    )
    def test_a_secret_on_the_command_line_is_refused_and_not_repeated(self, cli: Cli, typed: str) -> None:
        err = cli(*typed.split(), code=ExitCode.USAGE)

        assert "--token-file FILE" in err
        assert "s3cret" not in err
