"""Dossiers that were being taken: found again with pages and words, deposited, or given back."""

from collections.abc import Iterator
from uuid import UUID

from kiosk.domain.views import DraftPage, FoundDraft
from tests.faults.counter import Counter
from tests.faults.promised import KeptDraft, Promised


def draft_faults(counter: Counter, promised: Promised) -> Iterator[str]:
    """Yield what is wrong with the drafts that are found, and those that are missed."""
    found = {str(one.draft_id): one for one in counter.desk.drafts.open_drafts()}
    for draft_id, one in found.items():
        yield from _found(counter, one, promised.drafts.get(draft_id, KeptDraft()))
    for draft_id in promised.drafts.keys() - found.keys():
        draft = promised.drafts[draft_id]
        if draft.pages - draft.leaving and not draft.ending:
            yield f"the draft {draft_id} is lost"
        if _is_missed(counter, draft):
            yield f"the draft {draft_id} is neither there nor deposited"
    lying = {path.name for path in counter.folder.drafts.iterdir() if path.is_dir()}
    yield from (f"the pages of {one} lie there without it" for one in lying - found.keys())


def _is_missed(counter: Counter, draft: KeptDraft) -> bool:
    """Tell whether no deposit came of a draft that was to become one."""
    return bool(draft.request) and counter.desk.deposits.made_by(UUID(draft.request)) is None


def _found(counter: Counter, found: FoundDraft, draft: KeptDraft) -> Iterator[str]:
    name = found.draft_id
    if draft.ended:
        yield f"the draft {name} was ended and is found again"
    if draft.request and not _is_missed(counter, draft):
        yield f"the draft {name} is deposited and is found again"
    if draft.amounts and found.form.amount not in draft.amounts:
        yield f"the draft {name} says {found.form.amount!r}, typed were {draft.amounts}"
    pages = [*counter.desk.drafts.resume(name)]
    yield from (f"a page of {name} is broken: {page}" for page in pages if not _is_whole(page))
    ids = {str(page.page_id) for page in pages if isinstance(page, DraftPage)}
    yield from (f"page {one} of {name} is lost" for one in draft.pages - draft.leaving - ids)


def _is_whole(page: object) -> bool:
    return isinstance(page, DraftPage) and b"El Amrani" in page.preview_jpeg
