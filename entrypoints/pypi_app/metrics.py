"""What `/metrics` shows, and how it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from pypi_core import __version__
from pypi_http_api.traffic import Sample

if TYPE_CHECKING:
    from prometheus_client import Metric as Family


class Kind(Enum):
    """What a number says."""

    COUNTER = "counter"
    """Of all processes, also of those that have ended."""
    HISTOGRAM = "histogram"
    GAUGE = "gauge"
    """Of all processes together, as it is now."""


class Metric(msgspec.Struct, frozen=True):
    """One name at ``/metrics``."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


METRICS = (
    Metric(
        "pypi_requests_total",
        Kind.COUNTER,
        "Requests by the template of their route, empty if there is none; status none: the client left",
        ("route", "method", "status"),
    ),
    Metric(
        "pypi_request_seconds",
        Kind.HISTOGRAM,
        "Time from the head of a request to the end of its answer",
        ("route",),
    ),
    Metric("pypi_received_bytes_total", Kind.COUNTER, "Bytes of request bodies"),
    Metric("pypi_sent_bytes_total", Kind.COUNTER, "Bytes of response bodies"),
    Metric(
        "pypi_ready_answers_total",
        Kind.COUNTER,
        "Pages and small files that were ready in memory (hit) or had to be looked up or made (miss)",
        ("result",),
    ),
    Metric(
        "pypi_refused_total",
        Kind.COUNTER,
        "Requests and connections that were refused before an application was asked",
        ("status",),
    ),
    Metric("pypi_connections", Kind.GAUGE, "Open connections of clients"),
    Metric("pypi_uploads", Kind.GAUGE, "Uploads under way"),
    Metric("pypi_threads", Kind.GAUGE, "Threads that there may be", ("pool",)),
    Metric("pypi_threads_busy", Kind.GAUGE, "Threads at work", ("pool",)),
    Metric("pypi_calls_waiting", Kind.GAUGE, "Calls that wait for a thread", ("pool",)),
    Metric("pypi_database_connections", Kind.GAUGE, "Connections to the database", ("state",)),
    Metric("pypi_processes", Kind.GAUGE, "Processes that serve"),
    Metric("pypi_cpu_seconds_total", Kind.COUNTER, "Processor time of the processes that serve"),
    Metric("pypi_memory_bytes", Kind.GAUGE, "Resident memory of the processes that serve"),
    Metric("pypi_outbox_tasks", Kind.GAUGE, "Work left by commits: waiting, claimed or buried", ("state",)),
    Metric("pypi_outbox_age_seconds", Kind.GAUGE, "Age of the oldest work that is not buried"),
    Metric("pypi_missing", Kind.GAUGE, "1 for what /health/ready names", ("part",)),
    Metric("pypi_build_info", Kind.GAUGE, "Always 1", ("version",)),
)
"""Everything that is shown; docs/reference/metrics.md describes each."""

_KINDS = {each.name: each.kind for each in METRICS}


def lasting(samples: Mapping[Sample, float]) -> Mapping[Sample, float]:
    """Return those of *samples* that still count when their process has ended."""
    return {sample: value for sample, value in samples.items() if _KINDS[sample[0]] is not Kind.GAUGE}


class Exposition:
    """
    Writes samples in the format of Prometheus, or in OpenMetrics for who asks for that.

    Args:
        of_site: Returns samples of what all processes share.
        of_others: Returns the samples of the other processes of this server.
    """

    def __init__(
        self,
        of_site: Callable[[], Mapping[Sample, float]],
        of_others: Callable[[], Iterable[Mapping[Sample, float]]] = tuple,
    ) -> None:
        self._of_site = of_site
        self._of_others = of_others

    def __call__(self, samples: Mapping[Sample, float], accept: str) -> tuple[str, bytes]:
        """Return content type and text."""
        # Late: a server that nobody watches needs none of it.
        from prometheus_client.exposition import choose_encoder

        merged: Counter[Sample] = Counter()
        for each in (samples, *self._of_others()):
            merged.update(each)
        merged.update(self._of_site())
        merged["pypi_build_info", __version__] = 1
        encode, content_type = choose_encoder(accept)
        return content_type, encode(_Families(merged))


class _Families:
    """Stands in for a registry of the library, which keeps its own counts."""

    def __init__(self, samples: Mapping[Sample, float]) -> None:
        self._samples = {
            name: list(group) for name, group in groupby(sorted(samples.items()), lambda each: each[0][0])
        }

    def collect(self) -> Iterable[Family]:
        """Return each metric with its samples."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        for metric in METRICS:
            samples = self._samples.get(metric.name, [])
            match metric.kind:
                case Kind.COUNTER:
                    counter = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
                    for (_name, *labels), value in samples:
                        counter.add_metric(labels, value)
                    yield counter
                case Kind.GAUGE:
                    gauge = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
                    for (_name, *labels), value in samples:
                        gauge.add_metric(labels, value)
                    yield gauge
                case Kind.HISTOGRAM:
                    histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
                    for labels, found in groupby(samples, lambda each: each[0][1:-1]):
                        buckets, total = _cumulated({sample[-1]: value for sample, value in found})
                        histogram.add_metric(labels, buckets, total)
                    yield histogram


def _cumulated(found: Mapping[str, float]) -> tuple[list[tuple[str, float]], float]:
    """Return the buckets, each with what is in those below it, and the sum of all that was measured."""
    buckets, so_far = [], 0.0
    for bound in sorted(found.keys() - {"sum"}, key=float):
        so_far += found[bound]
        buckets.append((bound, so_far))
    return buckets, found["sum"]
