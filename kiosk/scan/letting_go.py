"""Telling the capture child which pages are durable, so that a folder lets their files go."""

from collections.abc import Collection

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.scan.child import ChildLostError
from kiosk.scan.messages import fault_from_wire
from kiosk.scan.one_child import OneChild


def let_go_files(children: OneChild, pages: Collection[int], limit_s: float) -> None:
    """Let the files go whose pages are all among *pages*, numbers of the last run.

    Args:
        children: Of which one ran it; where it was lost the files stay, and come again.
        pages: Those that are durable.
        limit_s: How long removing them may take.

    Raises:
        SourceUnavailableError: Files stay in the folder that should have gone.
    """
    left = SourceUnavailableError(
        SourceFault.FILES_LEFT, "files whose pages are kept stay in the scan folder"
    )
    child = children.running()
    if child is None:
        raise left
    try:
        child.ask({"ask": "kept", "pages": sorted(pages)})
        answer = child.hear(limit_s, is_at_frame=False)
    except ChildLostError as error:
        children.discard()
        raise left from error
    if answer.get("is") == "fault":
        raise fault_from_wire(answer)
