"""
What one input costs, measured in a fresh process without instrumentation.

That process is the fuzzing program itself, run again with the file of the input in its environment.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

Target = Callable[[bytes], None]
Targets = Mapping[bytes, tuple[Target, Callable[[], Iterator[bytes]]]]
"""By the first byte of their inputs: what reads the rest, and where that starts from."""

MOST_SECONDS: Final = 1.0
"""Of processor time, for one input."""

MOST_MEMORY: Final = 100 * 1024 * 1024
"""In bytes, above what the process had before the input."""

_INPUT: Final = "FUZZING_INPUT"
_ROOT: Final = Path(__file__).parents[2]
# Beyond these nothing more is learnt: the process that measures ends, or sees a MemoryError.
_CUT_OFF_SECONDS: Final = 3
_CUT_OFF_MEMORY: Final = 2 * 1024 * 1024 * 1024
_LONGEST_WAIT: Final = 100
_FORGET: Final = Path("/proc/self/clear_refs")
_STATUS: Final = Path("/proc/self/status")


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What one input cost: processor time, memory in bytes, and the traceback of what it raised."""

    seconds: float
    memory: int
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the input costs more than one may."""
        return self.seconds > MOST_SECONDS or self.memory > MOST_MEMORY

    @property
    def sentence(self) -> str:
        """Say what was found."""
        cost = f"{self.seconds:.2f} s of processor time and {self.memory / 2**20:.0f} MiB"
        limits = f"{MOST_SECONDS:.0f} s and {MOST_MEMORY // 2**20} MiB"
        verdict = f"over the limit of {limits}" if self.is_over else f"within the limit of {limits}"
        return f"{cost}, {verdict}.{self.error and f' It raised:{os.linesep}'}{self.error}"


def measure(module: str, file: Path) -> Measurement:
    """
    Run the fuzzing program *module* on the input in *file* alone, in a fresh process, not instrumented.

    Time that is over the limit is measured a second time and the lower one counts, as other
    programs disturb it.
    """
    first = _measured(module, file)
    if first.seconds <= MOST_SECONDS or first.seconds >= _CUT_OFF_SECONDS:
        return first
    return min(first, _measured(module, file), key=lambda each: each.seconds)


def asked_for() -> Path | None:
    """Return the file of the input that this process is to measure, ``None`` where it is to fuzz."""
    file = os.environ.get(_INPUT)
    return Path(file) if file else None


def answer(targets: Targets, file: Path) -> None:
    """Run the input in *file* and print what it cost, for `measure` in the process above."""
    data = file.read_bytes()
    target, seeds = targets[data[:1]]
    # What is imported and computed once is not what the input costs.
    target(next(seeds()))
    resource.setrlimit(resource.RLIMIT_CPU, (_CUT_OFF_SECONDS, _CUT_OFF_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_CUT_OFF_MEMORY, _CUT_OFF_MEMORY))
    error = ""
    watch = Watch()
    try:
        target(data[1:])
    except Exception:
        error = traceback.format_exc()
    seconds, memory = watch.seconds, watch.memory
    print(json.dumps({"seconds": seconds, "memory": memory, "error": error[-4000:]}))


class Watch:
    """Looks at what this process uses from now on; cheap enough for every input."""

    def __init__(self) -> None:
        _forget_peak()
        self._memory = _peak()
        self._start = time.process_time()

    @property
    def seconds(self) -> float:
        """The processor time since."""
        return time.process_time() - self._start

    @property
    def memory(self) -> int:
        """How many bytes more than at the beginning were in use at once."""
        return _peak() - self._memory


def _measured(module: str, file: Path) -> Measurement:
    environment = {**os.environ, _INPUT: str(file)}
    command = [sys.executable, "-m", module]
    with suppress(subprocess.TimeoutExpired):
        ran = subprocess.run(
            command, cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=_LONGEST_WAIT
        )
        if ran.returncode == 0:
            return msgspec.json.decode(ran.stdout.splitlines()[-1], type=Measurement)
        if ran.returncode > 0:
            return Measurement(seconds=0, memory=0, error=ran.stderr)
    # It was ended by the limit on its time, or by this one.
    return Measurement(seconds=_CUT_OFF_SECONDS, memory=0)


def _forget_peak() -> None:
    _FORGET.write_text("5")


def _peak() -> int:
    # Not `getrusage`: what it tells includes the peak of the process that started this one.
    for line in _STATUS.read_bytes().splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not say how much memory this process had at its peak")
