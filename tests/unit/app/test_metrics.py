"""The text at `/metrics`, and the counts of several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from pypi_app.metrics import METRICS, Exposition, Kind
from pypi_app.server.members import Members
from pypi_app.server.serve import settings_of_member
from pypi_app.settings import Calls, ConnectionLimits, Settings
from pypi_http_api.traffic import Sample, Traffic

ONE: dict[Sample, float] = {
    ("pypi_requests_total", "/simple/{name}", "GET", "200"): 3,
    ("pypi_connections",): 2,
}
OTHER: dict[Sample, float] = {
    ("pypi_requests_total", "/simple/{name}", "GET", "200"): 4,
    ("pypi_requests_total", "", "GET", "404"): 1,
    ("pypi_connections",): 5,
}


def families_of(text: str) -> list[Any]:
    return list(text_string_to_metric_families(text))


def values(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels[each] for each in sorted(sample.labels))): sample.value
        for family in families_of(text)
        for sample in family.samples
    }


def test_the_counts_of_all_processes_are_added() -> None:
    expose = Exposition(of_site=lambda: {("pypi_missing", "disk"): 1}, of_others=lambda: [OTHER])

    _content_type, text = expose(ONE, "")

    found = values(text.decode())
    assert found["pypi_requests_total", ("GET", "/simple/{name}", "200")] == 7
    assert found["pypi_requests_total", ("GET", "", "404")] == 1
    assert found["pypi_connections", ()] == 7
    assert found["pypi_missing", ("disk",)] == 1


def test_what_is_measured_in_buckets_is_cumulated() -> None:
    traffic = Traffic()
    for seconds in (0.002, 0.004, 0.2, 20):
        traffic.count("/simple", "GET", 200, seconds)

    found = values(Exposition(of_site=dict)(traffic.samples(), "")[1].decode())

    bucket = "pypi_request_seconds_bucket"
    assert [found[bucket, (bound, "/simple")] for bound in ("0.001", "0.0025", "0.005", "0.25", "+Inf")] == [
        0, 1, 2, 3, 4,
    ]  # fmt: skip
    assert found["pypi_request_seconds_count", ("/simple",)] == 4
    assert round(found["pypi_request_seconds_sum", ("/simple",)], 3) == 20.206


def test_openmetrics_is_written_for_who_asks_for_it() -> None:
    content_type, text = Exposition(of_site=dict)(ONE, "application/openmetrics-text; version=1.0.0")

    assert content_type.startswith("application/openmetrics-text")
    families = parse_openmetrics(text.decode())  # type: ignore[no-untyped-call]
    assert {each.name for each in families} >= {"pypi_requests", "pypi_connections"}


def test_every_metric_has_its_kind_and_a_help() -> None:
    text = Exposition(of_site=dict)({}, "")[1].decode()

    families = {each.name: each for each in families_of(text)}
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
        family = families[metric.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (metric.kind.value, metric.help)


def counting_elsewhere(folder: Path, count: int) -> int:
    """Let another process publish *count* requests, and return its number when it has ended."""
    program = (
        "import sys; from pathlib import Path; from pypi_app.server.members import Members; "
        f"Members(Path(sys.argv[1])).publish({{('pypi_requests_total', '', 'GET', '200'): {count}, "
        "('pypi_connections',): 1})"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(folder)]) as process:
        assert process.wait() == 0
        return process.pid


def test_a_process_sees_what_the_others_count_and_not_its_own(tmp_path: Path) -> None:
    members = Members(tmp_path)
    members.publish(ONE)
    counting_elsewhere(tmp_path, 7)

    assert members.others() == [{("pypi_requests_total", "", "GET", "200"): 7, ("pypi_connections",): 1}]


def test_what_processes_counted_that_ended_is_kept_in_one_file(tmp_path: Path) -> None:
    members = Members(tmp_path)
    for pid in [counting_elsewhere(tmp_path, 7), counting_elsewhere(tmp_path, 8), os.getpid()]:
        members.retire(pid)

    # Connections end with their process, and one without a file never counted anything.
    assert members.others() == [{("pypi_requests_total", "", "GET", "200"): 15}]
    assert len(list(tmp_path.glob("*.counts"))) == 1


def test_limits_on_everything_are_divided_and_those_on_one_address_are_not() -> None:
    settings = Settings(
        processes=4,
        connections=ConnectionLimits(total=1001, per_address=256, event_streams=200, unsent=1024),
        calls=Calls(memory=4096, of_caller=8),
    )

    own = settings_of_member(settings)

    assert (own.connections.total, own.connections.event_streams, own.connections.unsent) == (251, 50, 256)
    assert (own.calls.memory, own.calls.of_caller) == (1024, 8)
    assert own.connections.per_address == 256
