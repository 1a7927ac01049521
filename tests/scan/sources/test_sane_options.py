"""What a scanner is told, by the options its driver lists."""

import pytest

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import Colour, Feed, ScanProfile
from kiosk.scan.sources.sane_options import Setup, read_options, set_up

# Shapes of listings that SANE's backends print (fujitsu, epson2, genesys, airscan).
FUJITSU = """
  Scan Mode:
    --source ADF Front|ADF Back|ADF Duplex [ADF Front]
    --mode Lineart|Halftone|Gray|Color [Lineart]
    --resolution 50..600dpi (in steps of 1) [600]
  Geometry:
    -x 0..221.121mm (in steps of 0.0211639) [215.872]
    -y 0..876.695mm (in steps of 0.0211639) [279.364]
"""
EPSON = """
    --mode Binary|Gray|Color [Binary]
    --resolution auto||75|100|150|200|300|600dpi [75]
    --source Flatbed|Automatic Document Feeder [Flatbed]
    --adf-mode Simplex|Duplex [inactive]
"""
EPSON_FED = EPSON.replace("[inactive]", "[Simplex]")
FLAT = """
    --mode Color|Gray [Gray]
    --resolution 4800|2400|1200|600|300|150|75dpi [75]
"""
AIRSCAN = """
    --resolution 100|300|600dpi [300]
    --mode Color|Gray [Color]
    --source Flatbed|ADF|ADF Duplex [Flatbed]
"""
SWITCH = """
    --source Flatbed|ADF [Flatbed]
    --duplex[=(yes|no)] [no]
"""


def ask(
    listing: str,
    *,
    dpi: int = 300,
    duplex: bool = False,
    colour: Colour = Colour.COLOUR,
    feed: Feed = Feed.AUTO,
) -> Setup:
    profile = ScanProfile(
        name="p", device="sane:x", dpi=dpi, duplex=duplex, colour=colour, feed=feed
    )
    return set_up(profile, read_options(listing))


def test_both_sides_in_one_pass_where_the_device_can() -> None:
    setup = ask(FUJITSU, duplex=True)
    assert setup.is_fed
    assert setup.is_duplex
    assert setup.arguments == (
        "--source=ADF Duplex", "--mode=Color", "--resolution=300", "-x", "210", "-y", "297",
    )  # fmt: skip


def test_one_side_is_not_scanned_as_two() -> None:
    assert ask(FUJITSU).arguments[0] == "--source=ADF Front"
    assert not ask(FUJITSU).is_duplex


def test_feeder_without_duplex_is_turned_by_hand() -> None:
    setup = ask(EPSON, duplex=True)
    assert (setup.is_fed, setup.is_duplex) == (True, False)
    assert setup.arguments[0] == "--source=Automatic Document Feeder"


@pytest.mark.parametrize(
    ("listing", "switch"), [(EPSON_FED, "--adf-mode=Duplex"), (SWITCH, "--duplex=yes")]
)
def test_switch_for_both_sides_is_found(listing: str, switch: str) -> None:
    setup = ask(listing, duplex=True)
    assert switch in setup.arguments
    assert setup.is_duplex
    assert switch not in ask(listing).arguments


def test_flatbed_can_be_insisted_on() -> None:
    setup = ask(AIRSCAN, feed=Feed.FLATBED, duplex=True)
    assert setup.arguments[0] == "--source=Flatbed"
    assert (setup.is_fed, setup.is_duplex) == (False, False)


def test_device_that_names_no_source_takes_one_page() -> None:
    setup = ask(FLAT, colour=Colour.GREY)
    assert setup.arguments == ("--mode=Gray", "--resolution=300")
    assert not setup.is_fed


@pytest.mark.parametrize(
    ("listing", "asked", "given"),
    [(AIRSCAN, 200, "300"), (AIRSCAN, 1200, "600"), (FUJITSU, 1200, "600"), (FLAT, 200, "300"),
     (EPSON, 300, "300")],
)  # fmt: skip
def test_resolution_is_the_nearest_that_is_enough(listing: str, asked: int, given: str) -> None:
    assert f"--resolution={given}" in ask(listing, dpi=asked).arguments


@pytest.mark.parametrize(("listing", "feed"), [(FUJITSU, Feed.FLATBED), (FLAT + "    --source "
    "Flatbed [Flatbed]\n", Feed.FEEDER)])  # fmt: skip
def test_what_the_device_does_not_have_is_refused(listing: str, feed: Feed) -> None:
    with pytest.raises(SourceUnavailableError) as caught:
        ask(listing, feed=feed)
    assert caught.value.fault is SourceFault.CANNOT


def test_listing_that_makes_no_sense_is_a_plain_scan() -> None:
    setup = ask("\x00\x1b[31m   --- ???\n    --\n" * 100)
    assert setup.arguments == ()
    assert not setup.is_fed
