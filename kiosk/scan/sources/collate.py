"""Collation of a stack scanned twice: fronts as they lie, then, turned over, backs in reverse."""


def numbering(taken: int, *, by_hand: bool, backs_of: int) -> int:
    """Return the page number of the side that came as number *taken* of its run.

    Fronts are 1, 3, 5 …; of *backs_of* sheets the back of the last one comes first. Backs beyond
    the sheets there are come at the end. Without a run by hand sides are numbered as they come.
    """
    if backs_of:
        return 2 * (backs_of - taken + 1) if taken <= backs_of else backs_of + taken
    return 2 * taken - 1 if by_hand else taken
