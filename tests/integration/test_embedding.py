"""The programs of ``docs/how-to/embed-the-core.md``, run as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pypi_core.testing.builders import BuiltDistribution, build_wheel

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "embed-the-core.md"


def programs() -> dict[str, str]:
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


@pytest.fixture
def wheel() -> BuiltDistribution:
    return build_wheel(name="embedded-sample", version="1.0")


@pytest.fixture
def wheel_path(tmp_path: Path, wheel: BuiltDistribution) -> Path:
    path = tmp_path / wheel.filename
    path.write_bytes(wheel.content)
    return path


def save(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(programs()[name], encoding="utf-8")
    return path


def run(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(program), *map(str, arguments)], capture_output=True, text=True, check=True
    )


def test_the_shortest_program_has_at_most_30_lines() -> None:
    assert len(programs()["publish.py"].strip().splitlines()) <= 30


def test_a_script_publishes_and_prints_the_page(
    tmp_path: Path, wheel_path: Path, wheel: BuiltDistribution
) -> None:
    program = save(tmp_path, "publish.py")

    first = run(program, tmp_path / "data", wheel_path)
    again = run(program, tmp_path / "data", wheel_path)

    assert first.stderr.strip() == "published"
    assert again.stderr.strip() == "was there already"
    assert f"{wheel.filename}#sha256={wheel.sha256}" in first.stdout
    assert again.stdout == first.stdout


def test_another_web_service_serves_what_a_script_published(
    tmp_path: Path, wheel_path: Path, wheel: BuiltDistribution
) -> None:
    run(save(tmp_path, "publish.py"), tmp_path / "data", wheel_path)
    command = [sys.executable, str(save(tmp_path, "service.py")), str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        try:
            assert service.stdout is not None
            base = service.stdout.readline().strip()
            page = httpx.get(f"{base}embedded-sample/", trust_env=False).text
            link = re.search(r'href="\.\./\.\./([^#"]+)', page)
            assert link is not None
            file = httpx.get(base.replace("simple/", link[1]), trust_env=False)
            unknown = httpx.get(f"{base}unknown/", trust_env=False)
        finally:
            service.terminate()
    assert file.content == wheel.content
    assert unknown.status_code == 404


def test_a_program_assembles_an_index_from_the_ports(
    tmp_path: Path, wheel_path: Path, wheel: BuiltDistribution
) -> None:
    outcome = run(save(tmp_path, "assemble.py"), wheel_path)

    page = json.loads(outcome.stdout)
    assert [each["hashes"]["sha256"] for each in page["files"]] == [wheel.sha256]
