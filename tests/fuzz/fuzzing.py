"""Run one target under atheris; what it finds goes into a file and ends the process with an error."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

from tests.fuzz import seeds

Target = Callable[[bytes], None]


def run(targets: dict[bytes, tuple[Target, Callable[[], Iterator[bytes]]]]) -> None:
    """
    Fuzz *targets*, each by the first byte of its inputs, from the seeds beside it.

    Options of libFuzzer come from the command line, such as ``-max_total_time=30``.
    """

    def one_input(data: bytes) -> None:
        if found := targets.get(data[:1]):
            found[0](data[1:])

    with tempfile.TemporaryDirectory(prefix="fuzz-corpus-") as corpus:
        seeds.write(Path(corpus), {mark: make() for mark, (_, make) in targets.items()})
        findings = Path(tempfile.mkdtemp(prefix="fuzz-findings-"))
        print(f"Findings would be in {findings}", flush=True)
        options = ["-rss_limit_mb=512", "-timeout=20", "-max_len=65536", f"-artifact_prefix={findings}/"]
        atheris.Setup([sys.argv[0], *options, *sys.argv[1:], corpus], one_input)
        atheris.Fuzz()
