"""Keeps the metrics of the media workers: which are up, what they report, how they were lost."""

from __future__ import annotations

from collections.abc import Callable

from streamforge.infra.metrics import Metrics
from streamforge.media import events


def worker_metrics(metrics: Metrics) -> Callable[[events.MediaEvent], None]:
    """Return a subscriber of the media engine."""

    def on_event(event: events.MediaEvent) -> None:
        match event:
            case events.WorkerReady():
                metrics.worker_up.labels(str(event.index)).set(1)
            case events.WorkerLost():
                metrics.worker_up.labels(str(event.index)).set(0)
                metrics.count_worker_loss(str(event.index), event.cause)
            case events.WorkerBack():
                metrics.count_worker_return(str(event.index))
            case events.WorkerStats():
                metrics.record_worker(str(event.index), event.counters)
            case _:
                pass

    return on_event
