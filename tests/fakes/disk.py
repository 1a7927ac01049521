"""What the guard would say of a disk."""

from kiosk.domain.views import DiskState


def roomy_disk() -> DiskState:
    """Return a disk with room for years."""
    return DiskState(
        free_bytes=41_000_000_000, days_left=None, takes_dossiers=True, is_writable=True
    )
