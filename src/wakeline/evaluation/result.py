"""What one evaluation found, and its JSON: the document that stores keep and pages show, unchanged."""

from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from wakeline.core.reading import Reading
from wakeline.core.status import Status
from wakeline.core.window import Window
from wakeline.evaluation.label_report import LabelReport
from wakeline.statistics.distribution import ColumnDistribution
from wakeline.statistics.verdict import FeatureVerdict


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """`row_count` are answered rows of the window after all filters. `model` is `PROJECT.name`.

    `fingerprint` is the SHA-256 of all that the readings depend on: data, labels, reference, edges,
    settings, seeds and definitions; equal fingerprints mean equal readings.
    """

    window: Window
    row_count: int
    reference_row_count: int
    model: str
    model_version: str
    model_version_setting: str
    deployment_id: str | None
    status: Status
    sentence: str
    readings: tuple[Reading, ...]
    features: tuple[FeatureVerdict, ...]
    distributions: tuple[ColumnDistribution, ...]
    labels: LabelReport
    settings: dict[str, Any]
    fingerprint: str
    library_versions: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "window": str(self.window),
            "row_count": self.row_count,
            "reference_row_count": self.reference_row_count,
            "model": self.model,
            "model_version": self.model_version,
            "model_version_setting": self.model_version_setting,
            "deployment_id": self.deployment_id,
            "status": self.status.value,
            "sentence": self.sentence,
            "readings": [asdict(reading) for reading in self.readings],
            "features": [_describe_feature(feature) for feature in self.features],
            "distributions": [_describe_distribution(one) for one in self.distributions],
            "labels": _describe_labels(self.labels),
            "settings": self.settings,
            "fingerprint": self.fingerprint,
            "library_versions": self.library_versions,
        }


def _describe_labels(labels: LabelReport) -> dict[str, Any]:
    """Without the days, which an evaluation does not keep."""
    return {
        "labelled": labels.labelled,
        "waiting": labels.waiting,
        "unmatched": labels.unmatched,
        "unmatched_ids": list(labels.unmatched_ids),
        "corrected": labels.corrected,
    }


def _describe_feature(feature: FeatureVerdict) -> dict[str, Any]:
    return {
        "name": feature.name,
        "role": feature.role.value,
        "importance": feature.importance,
        "status": feature.status.value,
        "drifted": feature.drifted,
    }


def _describe_distribution(distribution: ColumnDistribution) -> dict[str, Any]:
    """One object: what was counted stands beside the name of its column."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(distribution))
    counted = found.pop("counted")
    return {**found, **counted}
