"""An exchange that failed, in plain words for the command line: what it is, and the next thing."""

from collections.abc import Mapping
from typing import Final

from kiosk.wire.messages import ProblemType

BY_OUTCOME: Final[Mapping[str, str]] = {
    "delivered": "the central has it",
    "already_there": "the central had it already",
    "conflict": "the central keeps something else under the same number: call support",
    "refused_for_good": "the central does not accept what was sent: call support",
    "too_large": "the central finds it too large: scan again in fewer or smaller pages",
    "rate_limited": "the central asks to wait: it is tried again by itself",
    "signature_refused": "the central does not accept this device's signature: check the clock of"
    " this computer, then call support",
    "revoked": "the central has shut this device out: call support",
    "clock_wrong": "the central's certificate is not valid at the time this computer shows: set"
    " its clock",
    "certificate_wrong": "whoever answered is not the central that is pinned: check the address"
    " and the file of --ca, and that no other program stands in between",
    "captive_portal": "a page of the network answered in the central's place: sign in to the"
    " network with a browser first",
    "dns": "the central's name is not found: check the address and the network",
    "connect": "the central cannot be reached: check the address and the network",
    "timeout": "the central did not answer in time: try again",
    "reset": "the line broke off: try again",
    "server_error": "the central cannot answer this now: try again later",
    "local_io": "a file of this kiosk cannot be read: run doctor",
}
"""By the value of the class of outcome."""
BY_PROBLEM: Final[Mapping[str, str]] = {
    ProblemType.BAD_CODE: "the central does not take this enrolment code: it is mistyped, used"
    " already or too old; ask for a new one",
    ProblemType.POINT_FULL: "the central has no device letter left for this point, which has had as"
    " many computers as it may, replaced ones included: call support",
    ProblemType.UNPROVEN_CURSOR: "the central knows less than it has told this device: call"
    " support, who may have restored it from a backup",
    ProblemType.MALFORMED: "the central cannot read what this program sends: one of the two is of"
    " another version",
    ProblemType.NOT_YOURS: "the central says that this belongs to another device: call support",
}
"""Where the central's own word says more than the class."""


def said(outcome: str, problem_type: str, detail: str) -> str:
    """Return a sentence for a failed exchange.

    Args:
        outcome: Value of its class.
        problem_type: The central's own word, if it gave one; never shown, it is no sentence.
        detail: Status or error, for who looks closer.
    """
    sentence = BY_PROBLEM.get(problem_type) or BY_OUTCOME[outcome]
    return f"{sentence} ({detail})" if detail else sentence
