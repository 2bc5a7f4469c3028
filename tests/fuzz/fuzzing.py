"""Run targets under atheris; what is found goes into a file and ends the program with an error."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import atheris

from tests.fuzz import seeds

Target = Callable[[bytes], None]
Targets = Mapping[bytes, tuple[Target, Callable[[], Iterator[bytes]]]]
"""By the first byte of their inputs: what reads the rest, and where that starts from."""

_FOLDER = "FUZZING_FOLDER"


def run(targets: Targets) -> None:
    """
    Fuzz *targets* and exit.

    Options of libFuzzer come from the command line, such as ``-max_total_time=30``.
    """
    if folder := os.environ.get(_FOLDER):
        _fuzz(targets, Path(folder))
    else:
        sys.exit(_supervise())


def _supervise() -> int:
    """Run this program again in a folder that is gone afterwards: libFuzzer exits without tidying up."""
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as folder:
        environment = {**os.environ, _FOLDER: folder}
        code = subprocess.run([sys.executable, *sys.orig_argv[1:]], env=environment).returncode
        findings = [each for each in Path(folder).iterdir() if each.is_file()]
        if findings:
            kept = Path(tempfile.mkdtemp(prefix="fuzzing-findings-"))
            for each in findings:
                each.rename(kept / each.name)
            print(f"Found something: the inputs are in {kept}.  Give one as argument to try it again.")
    return code


def _fuzz(targets: Targets, folder: Path) -> None:
    def one_input(data: bytes) -> None:
        if found := targets.get(data[:1]):
            found[0](data[1:])

    corpus = folder / "corpus"
    seeds.write(corpus, {mark: make() for mark, (_, make) in targets.items()})
    limits = ["-rss_limit_mb=512", "-timeout=20", "-max_len=65536"]
    options = [*limits, "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/"]
    given = sys.argv[1:]
    is_replay = any(not each.startswith("-") for each in given)
    atheris.Setup([sys.argv[0], *options, *given, *([] if is_replay else [str(corpus)])], one_input)
    atheris.Fuzz()
