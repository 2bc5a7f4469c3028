"""What is told of who downloads, and what is counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.downloads import OTHER, DownloadClient, DownloadCount, Span, parse_user_agent
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import ProjectNotFound, Unauthenticated
from pypi_core.use_cases.upkeep.forget_history import KeptDownloads

SAMPLE = NormalizedName("sample")
DAY = timedelta(days=1)
WHEEL = build_wheel("sample", "1.0")
PIP = (
    'pip/24.0 {"ci":null,"cpu":"x86_64","distro":{"id":"noble","name":"Ubuntu","version":"24.04"},'
    '"implementation":{"name":"CPython","version":"3.12.3"},"installer":{"name":"pip","version":"24.0"},'
    '"python":"3.12.3","system":{"name":"Linux","release":"6.8.0"}}'
)
UV = (
    'uv/0.8.3 {"installer":{"name":"uv","version":"0.8.3","subcommand":["pip","install"]},"python":"3.13.1",'
    '"implementation":{"name":"CPython","version":"3.13.1"},"distro":null,"system":{"name":"Darwin",'
    '"release":"24.1.0"},"cpu":"arm64","openssl_version":null,"setuptools_version":null,"ci":null}'
)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"


class TestUserAgents:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (PIP, DownloadClient("pip", "3.12", "Linux")),
            (UV, DownloadClient("uv", "3.13", "macOS")),
            ("pip/1.5.6 CPython/2.7.9 Linux/3.16.0-4-amd64", DownloadClient("pip", "2.7", "Linux")),
            ("poetry/1.8.2 CPython/3.11.4 Windows/10", DownloadClient("poetry", "3.11", "Windows")),
            ("pdm/2.15.4 CPython/3.10.1 Linux/5.15", DownloadClient("pdm", "3.10", "Linux")),
            (
                "bandersnatch/6.6.0 (cpython 3.12.8-final0, Linux x86_64) (aiohttp 3.11.11)",
                DownloadClient("bandersnatch", "3.12", "Linux"),
            ),
            ("python-requests/2.31.0", DownloadClient("requests")),
            ("Python-urllib/3.12", DownloadClient("urllib")),
            (BROWSER, DownloadClient("browser", OTHER, "Windows")),
            ("twine/6.0 requests/2.32 CPython/3.12.1", DownloadClient("twine", "3.12")),
            ("pypi-cli/1.0 {}", DownloadClient("pypi-cli")),
            ("evil/1.0 {}", DownloadClient()),
            ("pip", DownloadClient("pip")),
            ("", DownloadClient()),
        ],
    )
    def test_of_tools_are_known(self, text: str, told: DownloadClient) -> None:
        assert parse_user_agent(text) == told

    @pytest.mark.parametrize(
        "text",
        [
            'pip/24.0 {"python": 3.12, "installer": {"name": "pip"}}',
            'pip/24.0 {"python": ["3.12"]}',
            "pip/24.0 {",
            "pip/24.0 {" + '"a":{' * 300 + "}" * 300,
            'pip/24.0 {"python": "3.99"}',
            'pip/24.0 {"python": "3.1200"}',
            "pip/24.0 {\x00}",
        ],
    )
    def test_that_are_malformed_name_the_program_at_most(self, text: str) -> None:
        assert parse_user_agent(text) == DownloadClient("pip")

    def test_that_are_too_long_are_not_read(self) -> None:
        assert parse_user_agent(PIP + " " * 2048) == DownloadClient()

    def test_with_null_tell_nothing(self) -> None:
        text = 'uv/0.8 {"installer":null,"python":null,"system":{"name":null}}'

        assert parse_user_agent(text) == DownloadClient("uv")

    @given(st.text() | st.from_regex(r"[a-z]{1,9}/[0-9.]{1,9} \{.*\}", fullmatch=True))
    def test_take_a_few_values_whatever_is_sent(self, text: str) -> None:
        told = parse_user_agent(text)

        for each in (told.installer, told.python, told.system):
            assert 0 < len(each) <= 32
        assert told.python == OTHER or float(told.python) < 4


def put(memory: InMemorySite, day: date, count: int, of: BuiltDistribution = WHEEL) -> None:
    memory.database.download_batches.put(
        [
            DownloadCount(
                index=DEFAULT_INDEX,
                blake2_256=of.blake2_256,
                day=day,
                client=DownloadClient("pip", "3.12", "Linux"),
                count=count,
            )
        ]
    )


@pytest.fixture
def memory() -> InMemorySite:
    memory = InMemorySite()
    memory.publish(OPERATOR, WHEEL)
    return memory


class TestStatistics:
    def test_of_a_project_add_up_what_was_counted(self, memory: InMemorySite) -> None:
        today = memory.clock.now().date()
        for age, count in ((0, 1), (1, 2), (7, 4), (8, 8), (30, 16), (31, 32)):
            put(memory, today - age * DAY, count)
        memory.site.add_up_downloads()

        found = memory.index.download_counts.of_project(ANONYMOUS, SAMPLE, days=2)

        assert found.total == 63
        assert (found.recent.last_day, found.recent.last_week, found.recent.last_month) == (2, 6, 30)
        assert found.days == {today - DAY: 2, today: 1}
        assert (found.versions, found.installers) == ({"1.0": 3}, {"pip": 3})
        assert (found.pythons, found.systems) == ({"3.12": 3}, {"Linux": 3})

    def test_of_an_unknown_project_are_not_found(self, memory: InMemorySite) -> None:
        with pytest.raises(ProjectNotFound):
            memory.index.download_counts.of_project(ANONYMOUS, NormalizedName("nothing"))

    def test_of_a_private_index_are_private(self, memory: InMemorySite) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))
        counts = memory.index.download_counts

        with pytest.raises(Unauthenticated):
            counts.of_project(ANONYMOUS, SAMPLE)
        with pytest.raises(Unauthenticated):
            counts.most_downloaded(ANONYMOUS, 10)
        assert counts.of_project(OPERATOR, SAMPLE).total == 0

    def test_go_with_the_project(self, memory: InMemorySite) -> None:
        put(memory, memory.clock.now().date(), 3)
        memory.site.add_up_downloads()
        memory.index.delete_project(OPERATOR, SAMPLE)
        memory.publish(OPERATOR, build_sdist("sample", "1.0"))

        assert memory.index.download_counts.of_project(ANONYMOUS, SAMPLE).total == 0

    def test_by_day_are_forgotten_when_they_are_old(self, memory: InMemorySite) -> None:
        put(memory, memory.clock.now().date(), 3)
        memory.site.add_up_downloads()
        memory.clock.advance(180 * DAY)
        assert memory.site.forget_history().download_counts == 0

        memory.clock.advance(DAY)

        assert memory.site.forget_history().download_counts > 0
        found = memory.index.download_counts.of_project(ANONYMOUS, SAMPLE, days=366)
        assert (found.total, found.days) == (3, {})

    def test_are_added_up_by_the_worker(self, memory: InMemorySite) -> None:
        put(memory, memory.clock.now().date(), 3)

        memory.site.do_periodic_work()

        assert memory.index.download_counts.of_project(ANONYMOUS, SAMPLE).total == 3


def test_months_are_kept_for_as_long_as_is_set() -> None:
    today = date(2026, 3, 15)

    assert KeptDownloads().first_month(today) is None
    assert KeptDownloads(months=2).first_month(today) == date(2026, 1, 1)
    assert KeptDownloads(months=3).first_month(today) == date(2025, 12, 1)
    assert KeptDownloads(months=10**6).first_month(today) == date(1, 1, 1)
    assert KeptDownloads(days=31).first_day(today) == date(2026, 2, 12)


def test_spans_begin_at_their_first_day() -> None:
    day = date(2026, 3, 15)

    assert [each.start(day) for each in Span] == [day, date(2026, 3, 1), date.min]
