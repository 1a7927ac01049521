"""What a sample may be asked to suffer from, checked before it is made."""

from collections.abc import Collection

from tests.paper.model import DEFECTS, Defect

PHOTOGRAPH: frozenset[Defect] = frozenset(set(DEFECTS) - {"blank"})
SCAN: frozenset[Defect] = PHOTOGRAPH - {"glare"}


def checked(
    defects: Collection[Defect], possible: frozenset[Defect], strength: float
) -> frozenset[Defect]:
    """The *defects* as a set.

    Raises:
        ValueError: One is not *possible* there (a blank page is drawn, not made blank), or
            *strength* is outside 0 to 1.5.
    """
    wanted = frozenset(defects)
    if unknown := wanted - possible:
        raise ValueError(f"no defects {sorted(unknown)} here: {', '.join(sorted(possible))}")
    if not 0 <= strength <= 1.5:
        raise ValueError(f"a strength of {strength} is outside 0 to 1.5")
    return wanted
