"""Several processes that render descriptions, so that one slow text delays no other."""

from __future__ import annotations

from queue import LifoQueue

from pypi_environment.rendering_process import Rendered, RenderingLimits, RenderingProcess


class RenderingPool:
    """
    Render up to *processes* texts at a time; more wait.

    A process starts when all that run are busy, and ends by itself when it is not needed.
    """

    def __init__(self, python: str, limits: RenderingLimits, processes: int) -> None:
        # The process used last is used next: it runs already, and the others may end.
        self._idle: LifoQueue[RenderingProcess] = LifoQueue()
        for _ in range(processes):
            self._idle.put(RenderingProcess(python, limits))

    def render(self, text: str, markup: str, variant: str) -> Rendered:
        process = self._idle.get()
        try:
            return process.render(text, markup, variant)
        finally:
            self._idle.put(process)
