"""Where a deposit stands on the screen: one table, one pure function."""

from enum import StrEnum
from typing import Final


class Step(StrEnum):
    """What the agent is doing."""

    INSURED = "insured"
    PAGES = "pages"
    REASON = "reason"
    CONFIRMING = "confirming"
    RECEIPT = "receipt"


class Event(StrEnum):
    """What may happen to it."""

    INSURED_READ = "insured_read"
    BACK = "back"
    REASON_NEEDED = "reason_needed"
    CONFIRM_ASKED = "confirm_asked"
    REFUSED = "refused"
    DEPOSITED = "deposited"
    NEXT = "next"


class IllegalStepError(Exception):
    """An event the table does not know at this step: a bug, never an agent's mistake."""


TRANSITIONS: Final[dict[tuple[Step, Event], Step]] = {
    (Step.INSURED, Event.INSURED_READ): Step.PAGES,
    (Step.PAGES, Event.BACK): Step.INSURED,
    (Step.PAGES, Event.REASON_NEEDED): Step.REASON,
    (Step.PAGES, Event.CONFIRM_ASKED): Step.CONFIRMING,
    (Step.REASON, Event.BACK): Step.PAGES,
    (Step.REASON, Event.CONFIRM_ASKED): Step.CONFIRMING,
    (Step.CONFIRMING, Event.REFUSED): Step.PAGES,
    (Step.CONFIRMING, Event.DEPOSITED): Step.RECEIPT,
    (Step.INSURED, Event.NEXT): Step.INSURED,
    (Step.RECEIPT, Event.NEXT): Step.INSURED,
}


def after(step: Step, event: Event) -> Step:
    """Return the step that follows.

    Raises:
        IllegalStepError: The table has no such move.
    """
    try:
        return TRANSITIONS[step, event]
    except KeyError:
        raise IllegalStepError(f"{event} at {step}") from None
