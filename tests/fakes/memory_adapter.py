"""An adapter in memory, with faults by plan."""

import io

from central.adapter import AdapterError, Parcel


class MemoryAdapter:
    """Keeps parcels; *refusals* are names that are refused once each."""

    def __init__(self) -> None:
        self.new: dict[str, bytes] = {}
        self.taken: dict[str, bytes] = {}
        self.refusals: set[str] = set()
        self.order: list[str] = []

    def deliver(self, parcel: Parcel) -> None:
        """Keep a parcel once."""
        if parcel.name in self.refusals:
            self.refusals.remove(parcel.name)
            raise AdapterError("refused by plan")
        if parcel.name in self.new or parcel.name in self.taken:
            return
        out = io.BytesIO()
        parcel.write(out)
        self.new[parcel.name] = out.getvalue()
        self.order.append(parcel.name)
