"""The picture a page was cut from stays with it, sealed, for corners set by hand."""

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.domain.errors import UnreadableFileError
from kiosk.domain.page import Outline, Spot
from kiosk.domain.views import DraftPage
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.kept_frame import frame_to_keep
from kiosk.scan.messages import MAX_KEPT_FRAME_BYTES
from kiosk.scan.page import process_picture
from kiosk.scan.picture import Picture
from kiosk.scan.sources.base import RawFrame
from tests.desk.counter import FORM_PAGE, Counter
from tests.paper import draw_page, photograph


@pytest.fixture
def unsure(tmp_path: Path) -> Path:
    """Return a photograph in which a page is not surely found."""
    sample = photograph(
        draw_page("facture", 8600), 8604, "plain", megapixels=2.0, defects={"cut_off"}, strength=1.0
    )
    file = tmp_path / "photo.jpg"
    cv2.imwrite(str(file), sample.image)
    return file


def test_page_is_cut_out_anew_though_its_file_is_gone(counter: Counter, unsure: Path) -> None:
    draft_id = counter.desk.drafts.begin()
    (page,) = counter.add(draft_id, unsure)
    assert isinstance(page, DraftPage)
    assert ProblemKind.OUTLINE_UNCERTAIN in {one.kind for one in page.page.problems}
    with Image.open(unsure) as picture:
        size = picture.size
    unsure.unlink()
    drafts = counter.desk.drafts
    drafts.change_page(draft_id, page.page_id, quarter_turns=1)  # the frame goes with it
    for inset in (0.2, 0.1):  # corners set wrong are set again
        frame = drafts.frame(draft_id, page.page_id)
        assert (frame.width_px, frame.height_px) == size
        x, y = inset * size[0], inset * size[1]
        outline = Outline(
            Spot(x, y), Spot(size[0] - x, y), Spot(size[0] - x, size[1] - y), Spot(x, size[1] - y)
        )
        placed = drafts.place_page(draft_id, page.page_id, outline)
        assert placed.page.outline is not None
        assert placed.page.outline.top_left == pytest.approx(outline.top_left, abs=2)


def test_another_picture_under_the_same_name_is_not_taken(counter: Counter, unsure: Path) -> None:
    draft_id = counter.desk.drafts.begin()
    (page,) = counter.add(draft_id, unsure)
    assert isinstance(page, DraftPage)
    before = counter.desk.drafts.frame(draft_id, page.page_id)
    unsure.write_bytes(FORM_PAGE.read_bytes())
    assert counter.desk.drafts.frame(draft_id, page.page_id) == before


def test_frame_is_sealed_and_goes_with_its_page(counter: Counter, unsure: Path) -> None:
    draft_id = counter.desk.drafts.begin()
    (page,) = counter.add(draft_id, unsure)
    assert isinstance(page, DraftPage)
    folder = counter.kiosk.folder.root / "drafts" / str(draft_id)
    (file,) = folder.iterdir()
    assert file.stat().st_size > 100_000  # it is there
    assert b"JFIF" not in file.read_bytes()
    counter.desk.drafts.drop(draft_id, page.page_id)
    assert not list(folder.iterdir())


def test_surely_found_page_of_a_file_keeps_none(counter: Counter, tmp_path: Path) -> None:
    file = tmp_path / "sure.jpg"
    file.write_bytes(FORM_PAGE.read_bytes())
    draft_id = counter.desk.drafts.begin()
    (page,) = counter.add(draft_id, file)
    assert isinstance(page, DraftPage)
    file.unlink()
    with pytest.raises(UnreadableFileError):
        counter.desk.drafts.frame(draft_id, page.page_id)


def _kept(pixels: object, content: bytes, source: str = "sane:a:b:c") -> bytes:
    picture = Picture(pixels=np.asarray(pixels), dpi=300)
    blank = np.full((420, 300, 3), 250, np.uint8)
    page = process_picture(Picture(pixels=blank, dpi=100), source=source, index=1).page
    spots = Outline(Spot(0, 0), Spot(9, 0), Spot(9, 9), Spot(0, 9))
    frame = RawFrame(source=source, index=1, content=content)
    return frame_to_keep(frame, picture, replace(page, outline=spots, problems=()))


def test_what_is_kept_is_bounded_and_knows_its_resolution() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2600, 2600, 3), np.uint8)
    kept = _kept(noise, b"P6 much too large")
    assert 0 < len(kept) <= MAX_KEPT_FRAME_BYTES
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (2600, 2600)
        assert tuple(map(round, image.info["dpi"])) == (300, 300)
    jpeg = FORM_PAGE.read_bytes()
    assert _kept(noise[:9, :9], jpeg) == jpeg  # as it came, where it is small enough
    assert _kept(noise[:9, :9], jpeg, source="a.jpg") == b""  # a file is opened again
