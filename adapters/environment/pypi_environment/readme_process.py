"""
Render descriptions, one request a line, until there are no more.

This runs as a program of its own, see `rendering_process`, and imports nothing of ours: a
hostile description can make the best of renderers compute or allocate without end, inside
C code that holds the interpreter lock, which only the system can put an end to.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from itertools import takewhile
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from docutils import nodes
from docutils.transforms import references
from readme_renderer import markdown, rst

try:
    import resource
except ImportError:
    # On Windows memory cannot be bounded from inside; there the parent ends this process after a time.
    resource = None  # type: ignore[assignment]

_LONGEST_MESSAGE = 300
_MESSAGE = re.compile(r"<string>:(?P<line>\d*): \([A-Z]+/\d\) ")

# As it stops at the first warning, it may as well tell which one.
rst.SETTINGS["report_level"] = rst.SETTINGS["halt_level"]


class BoundedSubstitutions(references.Substitutions):
    """
    Substitutions that are counted before any is expanded.

    Each may use others twice, so that twenty short lines stand for a million.
    """

    most = 0

    def apply(self, **kwargs: Any) -> None:
        """Expand the substitutions of the document, unless there are too many."""
        if self._is_too_much():
            self.document.reporter.severe(
                f"The substitutions expand to more than {self.most}: use fewer, none within itself."
            )
        super().apply(**kwargs)

    def _is_too_much(self) -> bool:
        inside = {
            name: _substitutions_in(definition)
            for name, definition in self.document.substitution_defs.items()
        }
        waiting = _substitutions_in(self.document)
        count = 0
        while waiting and count <= self.most:
            count += 1
            name = waiting.pop()
            known = name if name in inside else self.document.substitution_names.get(name.lower(), "")
            waiting += inside.get(known, [])
        return count > self.most


def _substitutions_in(node: nodes.Node) -> list[str]:
    return [each["refname"] for each in node.findall(nodes.substitution_reference)]


def main(cpu_seconds: float, memory: int, idle_seconds: float, longest_html: int, substitutions: int) -> None:
    """
    Answer each line of JSON on standard input with one on standard output.

    *cpu_seconds* are for each line; *memory*, in bytes, is what the process may address.
    *longest_html*, in characters, and *substitutions* bound what a text may grow to.
    """
    BoundedSubstitutions.most = substitutions
    references.Substitutions = BoundedSubstitutions  # type: ignore[misc]
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a renderer prints is no reply
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in _lines(idle_seconds):
        request = json.loads(line)
        _bound_processor_time(cpu_seconds)
        html, problem = _rendered(**request)
        if html and len(html) > longest_html:
            html, problem = None, f"it becomes more than {longest_html} characters of HTML"
        print(json.dumps({"html": html, "problem": problem}), file=replies, flush=True)
        _bound_processor_time(0)
    # Not by `sys.exit`: a thread may still wait for a line.
    os._exit(0)


def _lines(idle_seconds: float) -> Iterator[bytes]:
    """Yield lines of standard input until it ends, or none comes for so long."""
    lines: SimpleQueue[bytes] = SimpleQueue()

    def read() -> None:
        with open(0, "rb", closefd=False) as requests:
            for line in requests:
                lines.put(line)
        lines.put(b"")

    # Waiting for a pipe with a time-out is for POSIX alone.
    Thread(target=read, daemon=True).start()
    try:
        while line := lines.get(timeout=idle_seconds):
            yield line
    except Empty:
        return


def _bound_processor_time(seconds: float) -> None:
    """Let the system end this process after so much processor time, whatever it does; 0 takes that back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _rendered(*, text: str, markup: str, variant: str) -> tuple[str | None, str]:
    """Return *text* as sanitised HTML, or ``None`` and why it is not what *markup* says."""
    messages = io.StringIO()
    try:
        if markup == "markdown":
            # It says None for what renders to nothing, a text of link definitions for example.
            return _tidied(markdown.render(text, variant=variant) or ""), ""
        html = rst.render(text, stream=messages)
    except MemoryError:
        return None, "rendering it takes too much memory"
    except Exception as error:
        # Renderers have bugs: what makes one fail does not render.
        # Only reStructuredText can be wrong: if Markdown fails, the text is not to blame.
        return None, f"the renderer failed with {type(error).__name__}" if markup == "rst" else ""
    return _tidied(html) if html else html, "" if html else _first(messages.getvalue())


_ATTRIBUTES = r'(?: [a-z]+="[^"]*")*'
_EMPTY_LINK = re.compile(rf"<a({_ATTRIBUTES})></a>")
_CODE = re.compile(rf'<pre({_ATTRIBUTES}) lang="([^"]*)"({_ATTRIBUTES})>')
_ID = re.compile(r' id="[^"]*"')


def _tidied(html: str) -> str:
    """
    Return sanitised *html* without what the renderers leave for a style sheet of their own.

    Headings come with empty links to themselves, which a keyboard reaches and nothing names, and code
    with its language as ``lang``, which is for the languages that people speak.  The sanitiser has
    written the markup: a quotation mark in an attribute or in a text is not a raw one.
    """
    html = _EMPTY_LINK.sub(_anchor_of, html)
    return _CODE.sub(_coded, html)


def _anchor_of(link: re.Match[str]) -> str:
    """Keep of an empty link only that it can be linked to."""
    found = _ID.search(link[1])
    return f"<a{found[0]}></a>" if found else ""


def _coded(code: re.Match[str]) -> str:
    before, language, behind = code.groups()
    if "class=" in before + behind or not re.fullmatch(r"[A-Za-z0-9+#._-]+", language):
        return f"<pre{before}{behind}>"
    return f'<pre class="code {language}"{before}{behind}>'


def _first(messages: str) -> str:
    """Return the first message of docutils, whole: ``line 3: Unexpected indentation``."""
    first, *others = messages.strip().split("\n")
    # A message may go on in further lines; an empty one ends it, before the text that it is about.
    further = takewhile(lambda line: line.strip() and not _MESSAGE.match(line), others)
    message = " ".join([first, *(line.strip() for line in further)])
    if found := _MESSAGE.match(message):
        text = message[found.end() :]
        message = f"line {found['line']}: {text}" if found["line"] else text
    return message[:_LONGEST_MESSAGE].rstrip(".")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
