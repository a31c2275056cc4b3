"""The shapes of the answers about labels."""

from datetime import date
from typing import TYPE_CHECKING, Self

from wakeline.server.answers import Answer, LabelsAnswer

if TYPE_CHECKING:
    from wakeline.evaluation.label_report import LabelReport


class LabelDayAnswer(Answer):
    """`unmatched` by the day of the labels, all else by the day of the predictions. Delays from a prediction
    to its first label; null where there is none."""

    day: date
    labelled: int
    waiting: int
    corrected: int
    unmatched: int
    delay_median_s: float | None
    delay_p90_s: float | None


class UnknownLabelAnswer(Answer):
    label: str
    row_count: int


class LabelReportAnswer(LabelsAnswer):
    """`unknown_labels` are labels that the active model version does not know, of labelled predictions."""

    business_key: str | None
    delay_median_s: float | None
    delay_p90_s: float | None
    unknown_labels: list[UnknownLabelAnswer]
    days: list[LabelDayAnswer]

    @classmethod
    def build(cls, report: "LabelReport", business_key: str | None) -> Self:
        return cls(
            labelled=report.labelled,
            waiting=report.waiting,
            unmatched=report.unmatched,
            unmatched_ids=list(report.unmatched_ids),
            corrected=report.corrected,
            business_key=business_key,
            delay_median_s=_to_seconds(report.delay_median_us),
            delay_p90_s=_to_seconds(report.delay_p90_us),
            unknown_labels=[
                UnknownLabelAnswer(label=label, row_count=count) for label, count in report.unknown
            ],
            days=[
                LabelDayAnswer(
                    day=entry.day,
                    labelled=entry.labelled,
                    waiting=entry.waiting,
                    corrected=entry.corrected,
                    unmatched=entry.unmatched,
                    delay_median_s=_to_seconds(entry.delay_median_us),
                    delay_p90_s=_to_seconds(entry.delay_p90_us),
                )
                for entry in report.days
            ],
        )


def _to_seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1e6
