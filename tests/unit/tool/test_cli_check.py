"""``pypi-cli check``: what a server would say, without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel, truncate
from pypi_tool.running import run
from pypi_tool.work.checking import broken_files


def saved(folder: Path, distribution: BuiltDistribution, content: bytes | None = None) -> str:
    path = folder / distribution.filename
    path.write_bytes(distribution.content if content is None else content)
    return str(path)


def test_good_files_are_called_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [saved(tmp_path, each) for each in (build_wheel(), build_sdist())]

    assert run(["check", *names]) == 0
    assert capsys.readouterr().out == "sample-1.0-py3-none-any.whl: good\nsample-1.0.tar.gz: good\n"


def test_every_problem_of_a_file_is_a_line_below_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = build_wheel(
        requires_dist=["not a requirement!"],
        description="Title\n=====\n\n*open",
        description_content_type="text/x-rst",
    )
    good = build_sdist()

    code = run(["check", saved(tmp_path, wrong), saved(tmp_path, good)])

    first, *problems, last = capsys.readouterr().out.splitlines()
    assert code == 1
    assert first == f"{wrong.filename}: would be refused"
    assert any("'not a requirement!' is an invalid value for Requires-Dist" in each for each in problems)
    assert last == f"{good.filename}: good"


def test_a_description_that_does_not_render_is_found_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = build_wheel(description="Title\n=====\n\n*open", description_content_type="text/x-rst")

    assert run(["check", saved(tmp_path, wrong)]) == 1
    assert "line 4: Inline emphasis start-string without end-string." in capsys.readouterr().out


def test_files_of_a_release_with_different_modules_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [
        build("sample", version, metadata_version="2.5", extra_metadata=[("Import-Name", name)])
        for build, version, name in (
            (build_wheel, "1.0", "sample"),
            (build_sdist, "1.0", "other"),
            (build_sdist, "2.0", "other"),
        )
    ]

    assert run(["check", *(saved(tmp_path, each) for each in files)]) == 1

    first, second, problem, third = capsys.readouterr().out.splitlines()
    assert (first, third) == ("sample-1.0-py3-none-any.whl: good", "sample-2.0.tar.gz: good")
    assert second == "sample-1.0.tar.gz: would be refused"
    assert "have Import-Name sample, not Import-Name other" in problem


def test_a_rule_that_an_index_may_switch_off_does_not_stop_an_upload(tmp_path: Path) -> None:
    wrong = build_wheel(description="*open", description_content_type="text/x-rst")

    assert broken_files([Path(saved(tmp_path, wrong))]) == {}


def test_a_file_that_every_index_refuses_is_reported_before_sending(tmp_path: Path) -> None:
    wheel = build_wheel()
    path = Path(saved(tmp_path, wheel, truncate(wheel.content, 100)))

    assert broken_files([path])[path].startswith("Invalid distribution file.")


@pytest.mark.parametrize("name", ["missing.whl", ".", "notes.txt"])
def test_a_file_that_is_not_a_distribution_is_wrong_usage(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("x")

    assert run(["check", name]) == 2
    assert capsys.readouterr().out == ""


def test_the_rules_of_the_index_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, build_wheel("sample", "1.0+local", tag="py3-none-linux_x86_64"))

    assert run(["check", path]) == 1
    refused = capsys.readouterr().out
    assert "local version" in refused
    assert "unsupported platform tag 'linux_x86_64'" in refused
    assert run(["check", path, "--allow", "local-versions", "--platform-tag", "linux_x86_64"]) == 0


def test_an_unknown_rule_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", saved(tmp_path, build_wheel()), "--allow", "everything"]) == 2
    assert "There is no rule 'everything': use one of standard-library-names," in capsys.readouterr().err
