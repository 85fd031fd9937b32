"""The metrics and their reference say the same."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.metrics_core import Metric
from streamforge.infra.metrics import Metrics
from streamforge.rooms.story import HAPPENINGS

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "metrics.md"
ROW = re.compile(r"^\| `(streamforge_\w+)` \| (\w+) \| ([^|]*)\|", re.MULTILINE)
# What a metric is called where it is read, by what it is.
SUFFIXES = {"counter": "_total", "info": "_info"}


def documented() -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in ROW.findall(REFERENCE.read_text())
    }


def registered() -> dict[str, tuple[str, tuple[str, ...]]]:
    metrics = Metrics("0")
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for collector in list(metrics.registry._collector_to_names):
        labels = tuple(getattr(collector, "_labelnames", ()))
        family: Metric
        for family in collector.collect():
            name = family.name + SUFFIXES.get(family.type, "")
            if not name.startswith("streamforge_"):
                continue
            is_info = family.type == "info"
            found[name] = ("gauge", ("version",)) if is_info else (family.type, labels)
    return found


def test_every_metric_is_documented_with_its_labels_and_nothing_else_is() -> None:
    assert documented() == registered()


def test_every_happening_is_documented() -> None:
    table = re.findall(r"^\| `((?:participant|meeting)\.\w+)` \| ", REFERENCE.read_text(), re.M)

    assert sorted(table) == sorted(HAPPENINGS)


def test_counts_appear_under_the_names_that_the_reference_has() -> None:
    metrics = Metrics("0")
    metrics.count_happening("participant.cut")
    metrics.count_refusal("not_joined")
    metrics.count_limit("chat")
    metrics.count_disconnect("ping timeout")
    metrics.count_worker_loss("0", "stalled")
    metrics.count_worker_return("1")
    text = metrics.render().decode()

    for line in (
        'streamforge_rooms_happenings_total{happening="participant.cut"} 1.0',
        'streamforge_signaling_refusals_total{code="not_joined"} 1.0',
        'streamforge_limits_reached_total{limit="chat"} 1.0',
        'streamforge_signaling_disconnects_total{reason="ping timeout"} 1.0',
        'streamforge_worker_losses_total{cause="stalled",worker="0"} 1.0',
        'streamforge_worker_returns_total{worker="1"} 1.0',
    ):
        assert line in text
