"""
Run targets under atheris; what is found goes into a file and ends the program with an error.

A finding is an exception, or an input that costs more than one may: over a second of processor time, or over
100 MiB.  While fuzzing a cheap watch looks at every input, and what it suspects is measured again without
instrumentation; only that measurement decides.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from tests.fuzz import seeds
from tests.fuzz.measuring import (
    MOST_MEMORY,
    MOST_SECONDS,
    Measurement,
    Target,
    Targets,
    Watch,
    answer,
    asked_for,
    measure,
)

__all__ = ["LONGEST_INPUT", "Target", "Targets", "instrumented", "run"]

LONGEST_INPUT: Final = 64 * 1024
"""In bytes, without the one that says which target it is for."""

_FOLDER: Final = "FUZZING_FOLDER"
# Of the process that fuzzes, where nothing else stops an input that does not end.
_LONGEST_UNIT: Final = 60
_LARGEST_PROCESS: Final = 2048
_SHARE_OF_REPEATING: Final = 0.2


class OverLimit(Exception):
    """An input costs more than one may."""


def instrumented(*packages: str) -> AbstractContextManager[object]:
    """Return a context in which imports of *packages* are instrumented, where this process is to fuzz."""
    if not os.environ.get(_FOLDER) or asked_for():
        return nullcontext()
    import atheris

    return atheris.instrument_imports(include=list(packages))  # type: ignore[no-any-return]


def run(targets: Targets) -> None:
    """
    Fuzz *targets* and exit.

    Options of libFuzzer come from the command line, such as ``-max_total_time=30``.  A file there
    is an input to try and measure again.
    """
    files = [Path(each) for each in sys.argv[1:] if not each.startswith("-")]
    if file := asked_for():
        answer(targets, file)
    elif folder := os.environ.get(_FOLDER):
        _fuzz(targets, Path(folder))
    elif files:
        found = [_is_finding(each, measure(_module(), each)) for each in files]
        sys.exit(any(found))
    else:
        sys.exit(_supervise())


def _supervise() -> int:
    """Fuzz in a process and a folder of its own: libFuzzer exits without tidying up."""
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as folder:
        until = time.monotonic() + _total_time()
        while True:
            code = _run_again(Path(folder), until - time.monotonic())
            findings = _findings(Path(folder))
            if not code or findings or time.monotonic() >= until:
                break
        if findings:
            kept = Path(tempfile.mkdtemp(prefix="fuzzing-findings-"))
            for each in findings:
                each.rename(kept / each.name)
            print(f"Found something: the inputs are in {kept}.  Give one as argument to try it again.")
    return 1 if findings else 0


def _total_time() -> int:
    given = [each for each in sys.argv if each.startswith("-max_total_time=")]
    return int(given[-1].partition("=")[2]) if given else 0


def _run_again(folder: Path, seconds: float) -> int:
    environment = {**os.environ, _FOLDER: str(folder)}
    time_left = [f"-max_total_time={max(1, round(seconds))}"] if _total_time() else []
    command = [sys.executable, "-m", _module(), *sys.argv[1:], *time_left]
    return subprocess.run(command, env=environment).returncode


def _findings(folder: Path) -> list[Path]:
    """Return the inputs that ended the process; one that only instrumentation makes slow is not to blame."""
    found = []
    for file in [each for each in folder.iterdir() if each.is_file()]:
        # An exception counts even where it comes of the instrumentation: it must be understood.
        if _is_finding(file, measure(_module(), file)) or file.name.startswith("crash-"):
            found.append(file)
        else:
            file.unlink()
    return found


def _is_finding(file: Path, measurement: Measurement) -> bool:
    print(f"{file.name}: {measurement.sentence}")
    return measurement.is_over or bool(measurement.error)


def _fuzz(targets: Targets, folder: Path) -> None:
    import atheris

    def one_input(data: bytes) -> None:
        if found := targets.get(data[:1]):
            watch = Watch()
            found[0](data[1:])
            if watch.seconds > MOST_SECONDS or watch.memory > MOST_MEMORY:
                _look_closer(data)

    def mutated(data: bytes, largest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if len(data) > 1 and chance.random() < _SHARE_OF_REPEATING:
            return data[:1] + repeated(data[1:], largest - 1, chance)
        return atheris.Mutate(data, largest)  # type: ignore[no-any-return]

    corpus = folder / "corpus"
    seeds.write(corpus, {mark: make() for mark, (_, make) in targets.items()})
    options = [
        f"-rss_limit_mb={_LARGEST_PROCESS}",
        f"-timeout={_LONGEST_UNIT}",
        f"-report_slow_units={_LONGEST_UNIT}",
        f"-max_len={LONGEST_INPUT + 1}",
        "-print_final_stats=1",
        "-verbosity=0",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *options, *sys.argv[1:], str(corpus)], one_input, custom_mutator=mutated)
    atheris.Fuzz()


def repeated(data: bytes, largest: int, chance: random.Random) -> bytes:
    """
    Return *data* with some piece of it repeated, up to *largest* bytes in all.

    What costs more than it should mostly does so where there is much of the same.
    """
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((1, 2, 3, 8, 32, 128, 512))]
    room = max(0, largest - len(data)) // len(piece)
    count = min(room, chance.choice((2, 16, 256, 4096, 65536)))
    return (data[:start] + piece * count + data[start:])[:largest]


def _look_closer(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(prefix="fuzzing-suspect-") as file:
        file.write(data)
        file.flush()
        measurement = measure(_module(), Path(file.name))
    if measurement.is_over or measurement.error:
        raise OverLimit(measurement.sentence)


def _module() -> str:
    """Return how this program is called, for ``python -m``."""
    specification = sys.modules["__main__"].__spec__
    assert specification is not None, "run it as a module: python -m tests.fuzz.fuzz_archives"
    return specification.name
