"""
Upload the newest wheel and sdist of widely used projects, and tell which are refused.

Real input is what shows a rule to be wrong.  The projects are listed in `real_projects.txt`;
every refusal has to be explained in `real_projects_refused.toml` by the rule of the standards
that asks for it, or the program ends with an error.

The files are downloaded from the public index into a folder that is kept, slowly and with few
connections.  ``--only-cached`` downloads nothing and uploads whatever is in that folder.
"""

from __future__ import annotations

import argparse
import collections
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version
from pypi_simple import DistributionPackage, NoSuchProjectError, PyPISimple

from pypi_api_client import Client, ClientError
from running import server

HERE = Path(__file__).parent
CONNECTIONS = 4
LARGEST = 60 * 1024 * 1024


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was refused, and in which words; *rule* explains it where somebody did."""

    filename: str
    sentence: str
    rule: str | None


def main() -> int:
    """Download, upload, report, and return the exit code."""
    options = _options()
    if not options.only_cached:
        names = [each for each in options.projects.read_text().split("\n") if each and each[0] != "#"]
        download(names, options.cache)
    files = sorted([*options.cache.glob("*.whl"), *options.cache.glob("*.tar.gz")])
    explained = tomllib.loads((HERE / "real_projects_refused.toml").read_text())
    with ExitStack() as stack:
        if options.url:
            client = stack.enter_context(Client(options.url, token=options.token))
        else:
            running = stack.enter_context(server())
            client = stack.enter_context(Client(running.url, token=running.token))
        refusals = list(upload(client, files, explained))
    return report(files, refusals)


def download(names: Iterable[str], cache: Path) -> None:
    """Put the newest wheel and sdist of each project into *cache*, unless they are there."""
    cache.mkdir(parents=True, exist_ok=True)
    with PyPISimple() as index, ThreadPoolExecutor(CONNECTIONS) as threads:
        for told in threads.map(lambda name: _download_project(index, name, cache), names):
            print(told, flush=True)


def _download_project(index: PyPISimple, name: str, cache: Path) -> str:
    try:
        packages = index.get_project_page(name).packages
    except NoSuchProjectError:
        return f"{name}: there is no such project"
    chosen = [each for each in _newest(packages) if (each.size or 0) <= LARGEST]
    for package in chosen:
        if not (cache / package.filename).exists():
            index.download_package(package, cache / package.filename)
    return f"{name}: {', '.join(each.filename for each in chosen) or 'nothing small enough'}"


def _newest(packages: Iterable[DistributionPackage]) -> list[DistributionPackage]:
    """Return one wheel and the sdist of the newest final version that has any file."""
    versions: dict[Version, dict[str, DistributionPackage]] = {}
    for package in packages:
        kind = package.package_type
        if kind in {"wheel", "sdist"} and not package.is_yanked:
            try:
                version = Version(package.version or "")
            except InvalidVersion:
                continue
            versions.setdefault(version, {}).setdefault(str(kind), package)
    final = [each for each in versions if not each.is_prerelease]
    return list(versions[max(final or versions)].values()) if versions else []


def upload(client: Client, files: Iterable[Path], explained: dict[str, str]) -> Iterator[Refusal]:
    """Upload each of *files* and yield what is refused."""
    for path in files:
        try:
            client.upload(path)
        except ClientError as error:
            yield Refusal(filename=path.name, sentence=str(error), rule=explained.get(path.name))


def report(files: list[Path], refusals: list[Refusal]) -> int:
    """Print refusals by their reason, and a line in the end; return the exit code."""
    by_reason: dict[str, list[Refusal]] = collections.defaultdict(list)
    for each in refusals:
        # What differs from file to file is in quotes.
        by_reason[re.sub(r"'[^']*'|\d+", "…", each.sentence)].append(each)
    for same in sorted(by_reason.values(), key=len, reverse=True):
        print(f"\n{len(same)} × {same[0].sentence}")
        for each in same:
            print(f"    {each.filename}: {each.rule or 'NOT EXPLAINED'}")
    unexplained = sum(each.rule is None for each in refusals)
    projects = {re.split(r"-\d", each.name)[0].lower().replace(".", "_").replace("-", "_") for each in files}
    print(
        f"\n{len(files)} files of {len(projects)} projects: {len(files) - len(refusals)} accepted, "
        f"{len(refusals)} refused, {unexplained} of them not explained."
    )
    return 1 if unexplained or not files else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="a folder for what is downloaded")
    parser.add_argument("--only-cached", action="store_true", help="download nothing")
    parser.add_argument("--projects", type=Path, default=HERE / "real_projects.txt", help="names, one a line")
    parser.add_argument("--url", help="a running index; without it one is started in a temporary folder")
    parser.add_argument("--token", help="a token for that index")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
