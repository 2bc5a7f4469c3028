"""Rules of an index: switched, stored, obeyed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from pypi_app.server_command.running import run
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.rules import LENIENT, PUBLIC, SWITCHES, UploadRules, switched
from pypi_core.errors import InvalidSetting, ProjectTooLarge, ReleaseClosed


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


def configure(memory: InMemorySite, **settings: object) -> None:
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(title="x", **settings))  # type: ignore[arg-type]


def test_every_switch_is_named_as_people_write_it() -> None:
    assert "local-versions" in SWITCHES
    assert switched(PUBLIC, allow=SWITCHES) == LENIENT
    assert switched(LENIENT, forbid=SWITCHES) == PUBLIC


@pytest.mark.parametrize(
    ("allow", "forbid", "why"),
    [
        (["everything"], [], "There is no rule 'everything'"),
        ([], ["local_versions"], "There is no rule 'local_versions'"),
        (["local-versions"], ["local-versions"], "both allowed and forbidden"),
    ],
)
def test_an_unknown_switch_is_refused(allow: list[str], forbid: list[str], why: str) -> None:
    with pytest.raises(InvalidSetting, match=why):
        switched(PUBLIC, allow=allow, forbid=forbid)


@pytest.mark.parametrize(
    "rules", [UploadRules(release_open_days=0), UploadRules(platform_tags=frozenset({"no tag"}))]
)
def test_invalid_rules_are_refused(memory: InMemorySite, rules: UploadRules) -> None:
    with pytest.raises(InvalidSetting):
        configure(memory, rules=rules)


def test_settings_stored_before_there_were_rules_have_those_of_a_public_index() -> None:
    stored = b'{"title":"Old","reading":"public","new_projects":"accounts","largest_file":1}'

    settings = msgspec.json.decode(stored, type=IndexSettings)

    assert (settings.rules, settings.largest_project) == (PUBLIC, None)


def test_rules_are_stored_with_the_settings(memory: InMemorySite) -> None:
    settings = IndexSettings(rules=replace(LENIENT, platform_tags=frozenset({"linux_x86_64"})))

    assert msgspec.json.decode(msgspec.json.encode(settings), type=IndexSettings) == settings


def test_a_release_may_be_closed_for_further_files_after_some_days(memory: InMemorySite) -> None:
    configure(memory, rules=UploadRules(release_open_days=14))
    wheel, sdist = build_wheel("sample", "1.0"), build_sdist("sample", "1.0")
    memory.publish(OPERATOR, wheel)
    memory.clock.advance(timedelta(days=14, seconds=1))

    with pytest.raises(ReleaseClosed, match="takes no further files after 14 days: use a new version"):
        memory.publish(OPERATOR, sdist)
    assert not memory.publish(OPERATOR, wheel).created
    assert memory.publish(OPERATOR, build_sdist("sample", "2.0")).created


def test_a_project_may_be_limited_in_size(memory: InMemorySite) -> None:
    wheel, sdist = build_wheel("sample", "1.0"), build_sdist("sample", "1.0")
    configure(memory, largest_project=len(wheel.content) + len(sdist.content) - 1)
    memory.publish(OPERATOR, wheel)

    with pytest.raises(ProjectTooLarge, match=r"Project size too large\. Limit for project 'sample' is"):
        memory.publish(OPERATOR, sdist)
    assert memory.publish(OPERATOR, build_wheel("other", "1.0")).created


def rules_of_pypi(capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> list[str]:
    assert run(["index", "rules", "pypi", *options, "--data", str(folder)]) == 0
    return capsys.readouterr().out.splitlines()


def test_an_operator_switches_rules_and_sees_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["migrate", "--data", str(tmp_path)]) == 0
    assert run(["index", "create", "pypi", "--data", str(tmp_path)]) == 0
    capsys.readouterr()

    assert "local-versions: forbidden" in rules_of_pypi(capsys, tmp_path)
    changed = rules_of_pypi(
        capsys, tmp_path, "--allow", "local-versions", "--platform-tag", "linux_x86_64",
        "--prohibit-name", "Bad.Name", "--release-open-days", "14",
    )  # fmt: skip
    assert rules_of_pypi(capsys, tmp_path) == changed
    assert "local-versions: allowed" in changed
    assert changed[-3:] == [
        "further platform tags: linux_x86_64",
        "prohibited names: bad-name",
        "releases accept further files: for 14 days",
    ]
    again = rules_of_pypi(
        capsys,
        tmp_path,
        "--forbid",
        "local-versions",
        "--permit-name",
        "bad-name",
        "--release-open-days",
        "0",
    )
    assert "local-versions: forbidden" in again
    assert again[-2:] == ["prohibited names: none", "releases accept further files: for ever"]
