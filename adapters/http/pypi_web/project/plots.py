"""Small pictures in SVG, made of numbers: no script, no style of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec
from markupsafe import Markup

_WIDTH, _HEIGHT = 640, 120
_MOST_DOTS = 400
_FOOT = 22
_DAY = timedelta(days=1)


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """A release on the time line: *kind* is ``final``, ``pre`` or ``yanked``."""

    label: str
    moment: datetime
    size: int
    kind: str


def time_line(dots: Sequence[Dot], described: str) -> Markup:
    """Return the last 400 of *dots*, oldest first, by time, each as high as it is large."""
    shown = dots[-_MOST_DOTS:]
    first, last = shown[0].moment, shown[-1].moment
    span = max((last - first).total_seconds(), 1.0)
    largest = max(*(each.size for each in shown), 1)
    ground = _HEIGHT - _FOOT
    parts = []
    for each in shown:
        x = 10 + (each.moment - first).total_seconds() / span * (_WIDTH - 20)
        y = ground - 8 - each.size / largest * (ground - 20)
        parts.append(
            Markup('<g class="{}"><line x1="{:.1f}" y1="{}" x2="{:.1f}" y2="{:.1f}"/>').format(
                each.kind, x, ground, x, y
            )
            + Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4"><title>{}</title></circle></g>').format(
                x, y, each.label
            )
        )
    years = _years(first, last, span, ground)
    return _picture("timeline", described, Markup("").join([*years, *parts]), _HEIGHT)


def _years(first: datetime, last: datetime, span: float, ground: int) -> Sequence[Markup]:
    base = Markup('<line class="axis" x1="0" y1="{}" x2="{}" y2="{}"/>').format(ground, _WIDTH, ground)
    ends = [
        Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
            x, _HEIGHT - 5, anchor, f"{moment:%Y-%m}"
        )
        for x, anchor, moment in ((0, "start", first), (_WIDTH, "end", last))
    ]
    between = [
        Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(x, _HEIGHT - 5, year)
        for year in range(first.year + 1, last.year + 1)
        if 70
        < (
            x := 10
            + (datetime(year, 1, 1, tzinfo=first.tzinfo) - first).total_seconds() / span * (_WIDTH - 20)
        )
        < _WIDTH - 80
    ]
    # More than these would run into each other.
    step = max(len(between) // 8, 1)
    return [base, *ends, *between[::step]]


def day_bars(counts: Mapping[date, int], since: date, days: int, described: str) -> Markup:
    """Return a bar for each of *days* days, from *since* on."""
    width, height = 300, 60
    most = max([*counts.values(), 1])
    step = width / days
    bars = []
    for number in range(days):
        day = since + number * _DAY
        count = counts.get(day, 0)
        tall = count / most * (height - 4)
        bars.append(
            Markup(
                '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {}</title></rect>'
            ).format(number * step + 1, height - max(tall, 1), step - 2, max(tall, 1), day.isoformat(), count)
        )
    return _picture("bars", described, Markup("").join(bars), height, width)


def _picture(name: str, described: str, content: Markup, height: int, width: int = _WIDTH) -> Markup:
    return Markup('<svg class="plot {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        name, width, height, described, content
    )
