"""Centrals whose dossiers wait to leave, and an adapter that dies at it."""

import io
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

from central.adapter import Parcel
from central.adapter_folder import FolderAdapter
from central.opening import Place
from tests.central.conftest import new_point
from tests.central.running import in_thread


class DyingAdapter(FolderAdapter):
    """Kills its process at the n-th parcel: before, in the middle of, or after its delivery."""

    def __init__(self, folder: Path, at: int, when: str) -> None:
        super().__init__(folder)
        self._at, self._when, self._count = at, when, 0

    def deliver(self, parcel: Parcel) -> None:
        """Deliver, or die."""
        self._count += 1
        if self._count < self._at:
            super().deliver(parcel)
            return
        if self._when == "after":
            super().deliver(parcel)
        elif self._when == "within":
            super().deliver(replace(parcel, write=lambda out: self._half(out, parcel)))
        self.end()

    def end(self) -> None:
        """Die."""
        os.kill(os.getpid(), signal.SIGKILL)

    def _half(self, out: Any, parcel: Parcel) -> None:
        whole = io.BytesIO()
        parcel.write(whole)
        out.write(whole.getvalue()[: len(whole.getvalue()) // 2])
        out.flush()
        self.end()


def fill(place: Place) -> None:
    """Let a central hold five deposits, and serve no more."""
    with in_thread(place) as central:
        client = central.client()
        client.enrol(central.code(new_point()))
        for _ in range(5):
            client.deposit(os.urandom(2000))
        client.close()
