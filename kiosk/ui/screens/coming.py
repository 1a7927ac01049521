"""What is said while pages are coming: from files, a device, or a dossier found again."""

from kiosk.domain.scans import DeviceKind, ScanProfile, kind_of
from kiosk.domain.words import Words
from kiosk.ui.i18n import acts, scanning
from kiosk.ui.i18n.shown import PAGES, SHEETS, counted, fill, same
from kiosk.ui.screens.page_book import PageBook
from kiosk.ui.screens.scanner import Scanner


def coming_words(book: PageBook, scanner: Scanner) -> tuple[Words, str] | None:
    """Return what is said and its tone; None when nothing is coming, and none was removed."""
    profile = scanner.profile
    if book.is_resuming:
        return acts.OPENING, "neutral"
    if scanner.to_turn:
        sheets = counted(scanner.to_turn, SHEETS)
        return fill(scanning.TURN_OVER, sheets=sheets), "attention"
    if scanner.is_running and profile is not None:
        return _scan_words(book, scanner, profile), "neutral"
    if book.coming:
        return _import_words(book), "neutral"
    if book.removed is not None:
        return fill(acts.REMOVED, n=same(str(book.removed))), "neutral"
    return None


def lead_words(scanner: Scanner) -> Words:
    """Return what to do while there is no page."""
    profile = scanner.profile
    if profile is None:
        return acts.NO_PAGES_LEAD
    if not scanner.is_running:
        return scanning.SCAN_LEAD
    return scanning.START_THERE if _is_folder(profile) else scanning.FIRST_COMES


def _scan_words(book: PageBook, scanner: Scanner, profile: ScanProfile) -> Words:
    words = scanning.SCANNING
    if _is_folder(profile):
        words = scanning.ARRIVING if book.has_arrived else scanning.AWAITING
    words = scanning.STOPPING if scanner.is_stopping else words
    return fill(words, name=same(profile.name), done=counted(len(book.pages.entries), PAGES))


def _import_words(book: PageBook) -> Words:
    done, name = counted(len(book.pages.entries), PAGES), same(book.coming[0].name)
    if book.is_stopping:
        return fill(acts.IMPORT_STOPPING, done=done)
    at = book.progress.page or book.progress.file
    if at is None:
        return fill(acts.PROCESSING, name=name, done=done)
    words = acts.PROCESSING_PAGE if book.progress.page else acts.PROCESSING_FILE
    return fill(words, name=name, n=str(at[0]), of=str(at[1]))


def _is_folder(profile: ScanProfile) -> bool:
    return kind_of(profile.device) is DeviceKind.FOLDER
