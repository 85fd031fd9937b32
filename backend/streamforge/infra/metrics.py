"""Every Prometheus metric of the server, in one place. It measures nothing itself.

Names are `streamforge_<area>_<thing>_<unit>`. Labels have few, fixed values: never an id, a path
with a room in it, or a name, because each new value is a new time series for ever.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1)
WORKER = ["worker"]

# A second time series for each counter, which no dashboard of ours reads.
disable_created_metrics()


class Metrics:
    """The metrics of one server; a registry of its own, so that tests do not share counters."""

    def __init__(self, version: str) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        build = Info("streamforge_server_build", "Version of this server.", registry=registry)
        build.info({"version": version})

        self.request_seconds = Histogram(
            "streamforge_http_request_seconds",
            "Duration of HTTP requests by route pattern.",
            ["method", "route", "status"],
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        self.loop_lag_seconds = Histogram(
            "streamforge_server_loop_lag_seconds",
            "How much later than asked the event loop ran a timer.",
            buckets=LAG_BUCKETS,
            registry=registry,
        )
        self.meetings = Gauge(
            "streamforge_rooms_meetings_count", "Meetings going on now.", registry=registry
        )
        self.participants = Gauge(
            "streamforge_rooms_participants_count",
            "Participants in meetings now.",
            registry=registry,
        )
        self.joins = Counter(
            "streamforge_rooms_joins_total",
            "Join attempts by result code.",
            ["result"],
            registry=registry,
        )
        self.journal_commit_seconds = Histogram(
            "streamforge_journal_commit_seconds",
            "Duration of one group commit of the meeting journal.",
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        self._signaling_metrics(registry)
        self._worker_metrics(registry)

    def _signaling_metrics(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"streamforge_{name}", text, labels, registry=registry)

        self.sockets = Gauge(
            "streamforge_signaling_sockets_count", "Connections now.", registry=registry
        )
        self._happenings = counter(
            "rooms_happenings_total", "What happened to participants and meetings.", "happening"
        )
        self._refusals = counter(
            "signaling_refusals_total", "Commands refused, by error code.", "code"
        )
        self._limits = counter("limits_reached_total", "Refusals by the limit reached.", "limit")
        self._disconnects = counter(
            "signaling_disconnects_total", "Connections ended, by reason.", "reason"
        )
        self._worker_losses = counter(
            "worker_losses_total", "Workers that ended or were given up.", "worker", "cause"
        )
        self._worker_returns = counter(
            "worker_returns_total", "Workers found alive after a broken connection.", "worker"
        )

    def _worker_metrics(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"streamforge_worker_{name}", text, WORKER, registry=registry)

        # Since the worker's start. Gauges, because the values are set as the worker reports them
        # and fall to zero with a new worker; `rate()` handles that as it does any counter reset.
        self.worker = {
            "cpu_seconds": gauge("cpu_seconds", "CPU time used."),
            "rss_bytes": gauge("rss_bytes", "Resident memory."),
            "packets_in": gauge("received_packets", "Media packets received."),
            "packets_out": gauge("sent_packets", "Media packets sent."),
            "bytes_in": gauge("received_bytes", "Media bytes received."),
            "bytes_out": gauge("sent_bytes", "Media bytes sent."),
            "dropped_unknown": gauge("dropped_unknown_packets", "Packets from unknown addresses."),
            "dropped_queue": gauge("dropped_queue_packets", "Packets dropped by a full queue."),
            "loop_lag_max_ms": gauge("loop_lag_max_ms", "Longest loop delay in the last second."),
            "routers": gauge("routers_count", "Routers."),
            "transports": gauge("transports_count", "Transports."),
            "producers": gauge("producers_count", "Producers."),
            "consumers": gauge("consumers_count", "Consumers bound to a slot."),
            "pli_sent": gauge("key_frame_requests_count", "Key frame requests sent."),
            "pli_suppressed": gauge("key_frame_requests_suppressed_count", "Requests throttled."),
            "controllers_refused": gauge(
                "refused_controllers_count", "Connections to its control socket that were refused."
            ),
            "malformed_media": gauge("malformed_media_packets", "Media that could not be read."),
        }
        self.worker_up = gauge("up_bool", "1 while the worker is connected.")

    def count_join(self, result: str) -> None:
        """Count an attempt to join: `ok` or the code of the error."""
        self.joins.labels(result).inc()

    def count_happening(self, happening: str) -> None:
        """Count what happened to somebody, by the name of its line in the log."""
        self._happenings.labels(happening).inc()

    def count_refusal(self, code: str) -> None:
        """Count a command that was refused."""
        self._refusals.labels(code).inc()

    def count_limit(self, limit: str) -> None:
        """Count a refusal by the limit that was reached."""
        self._limits.labels(limit).inc()

    def count_disconnect(self, reason: str) -> None:
        """Count a connection that ended."""
        self._disconnects.labels(reason).inc()

    def count_worker_loss(self, worker: str, cause: str) -> None:
        """Count a worker that is gone."""
        self._worker_losses.labels(worker, cause).inc()

    def count_worker_return(self, worker: str) -> None:
        """Count a worker whose connection merely broke."""
        self._worker_returns.labels(worker).inc()

    def record_worker(self, worker: str, stats: object) -> None:
        """Take over one report of a worker; fields that it lacks are left alone."""
        for field, metric in self.worker.items():
            value = getattr(stats, field, None)
            if value is not None:
                metric.labels(worker).set(value)

    def render(self) -> bytes:
        """Return the Prometheus text format."""
        return generate_latest(self.registry)
