"""Damaged files: a page, or a named error, in time; never a guess, never a lost child."""

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from kiosk.domain.errors import UnreadableFileError
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.codes import MAX_CODES, MAX_TEXT, read_codes
from kiosk.scan.decode import decode_image
from kiosk.scan.picture import Picture, Pixels
from kiosk.scan.processed import FrameFault, ProcessedPage
from kiosk.scan.render import decode_pdf_page
from kiosk.scan.stored_page import read_stored_page
from tests.paper import draw_page
from tests.scan.damage import NAMED, Decode, check_answer, check_cut, damaged, images, pdfs

IN_CHILD = settings(
    max_examples=max(20, settings().max_examples // 20),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""A child runs the whole pipeline on what still decodes: a tenth of a second each."""


@given(damaged(images()))
def test_damaged_image_is_a_picture_or_a_named_error(content: bytes) -> None:
    check_answer(decode_image, content)


@given(st.sampled_from(sorted(images())), st.floats(0, 1, exclude_max=True), st.booleans())
def test_image_cut_short_is_never_made_up(kind: str, share: float, is_marked: bool) -> None:
    content = images()[kind]
    check_cut(decode_image, content, int(share * len(content)), is_marked=is_marked)


@given(damaged(pdfs()))
def test_damaged_pdf_is_a_picture_or_a_named_error(content: bytes) -> None:
    check_answer(decode_pdf_page, content)


@given(damaged({"ours": pdfs()["ours"]}))
def test_damaged_stored_page_is_itself_or_refused(content: bytes) -> None:
    try:
        stored = read_stored_page(content)
    except UnreadableFileError:
        return
    assert len(stored.pictures) <= 16
    assert stored.rotate_deg in (0, 90, 180, 270)


def _guessing(content: bytes) -> Picture:
    """Decode as a library does that never says no: grey where it does not know."""
    try:
        return decode_image(content)
    except UnreadableFileError:
        return Picture(pixels=np.full((160, 120, 3), 128, np.uint8))


def _patching(content: bytes) -> Picture:
    """Decode what is there, as Pillow does when told to pass over what is missing."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with Image.open(io.BytesIO(content)) as image:
            return Picture(pixels=np.asarray(image.convert("RGB")))
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableFileError("not an image") from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


@pytest.mark.parametrize("decode", [_guessing, _patching])
@pytest.mark.parametrize("kind", ["jpeg", "progressive", "png"])
def test_decoder_that_guesses_is_caught(decode: Decode, kind: str) -> None:
    content = images()[kind]
    for share in range(45, 100, 10):
        with pytest.raises(AssertionError):
            check_cut(decode, content, len(content) * share // 100)


@pytest.fixture(scope="module")
def capture() -> Iterator[CaptureProcess]:
    with CaptureProcess() as process:
        process.start()
        yield process


@IN_CHILD
@given(damaged(images() | pdfs()))
def test_child_answers_for_every_file(
    capture: CaptureProcess, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "damaged"
    file.write_bytes(content)
    outcomes = list(capture.process(file, "damaged"))
    assert outcomes
    for number, outcome in enumerate(outcomes, 1):
        if isinstance(outcome, FrameFault):
            assert isinstance(outcome.error, NAMED)
        else:
            assert isinstance(outcome, ProcessedPage)
            assert outcome.page.index == number
            assert read_stored_page(outcome.pdf).pictures
            assert outcome.preview_jpeg.startswith(b"\xff\xd8")


@cache
def _code_on_paper() -> tuple[Pixels, str]:
    """Return a QR code with the paper around it, and its text."""
    page = draw_page("fse", 8540, dpi=100)
    (code,) = (one for one in page.codes if one.format == "QRCode")
    left, top = np.array(code.outline).min(0).astype(int) - 30
    right, bottom = np.array(code.outline).max(0).astype(int) + 30
    image = page.image[max(0, top) : bottom, max(0, left) : right].copy()
    assert {one.text for one in read_codes(image)} == {code.text}
    return image, code.text


@given(st.data())
def test_damaged_codes_are_read_rightly_or_not_at_all(data: st.DataObject) -> None:
    image, true = _code_on_paper()
    image = image.copy()
    height, width = image.shape[:2]
    for _ in range(data.draw(st.integers(1, 8))):
        left, top = data.draw(st.integers(0, width - 9)), data.draw(st.integers(0, height - 9))
        wide, high = data.draw(st.integers(4, 90)), data.draw(st.integers(4, 90))
        spot = image[top : top + high, left : left + wide]
        match data.draw(st.sampled_from(["invert", "fill", "blur", "shift"])):
            case "invert":
                spot[:] = 255 - spot
            case "fill":
                spot[:] = data.draw(st.integers(0, 255))
            case "blur":
                spot[:] = cv2.blur(spot, (5, 5))
            case _:
                spot[:] = np.roll(spot, data.draw(st.integers(1, 8)), 1)
    found = read_codes(image)
    assert len(found) <= MAX_CODES
    for code in found:
        assert 0 < len(code.text) <= MAX_TEXT
        assert np.isfinite(code.corners).all()
    assert {code.text for code in found if code.format == "QRCode"} <= {true}
