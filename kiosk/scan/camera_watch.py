"""The camera that somebody looks through, as the capture child serves it."""

from collections.abc import Iterator

from kiosk.domain.errors import SourceFault, SourceUnavailableError, WaslError
from kiosk.domain.scans import ScanOrder
from kiosk.scan.messages import Message, fault_to_wire, order_from_wire, view_to_wire
from kiosk.scan.pipeline import page_of
from kiosk.scan.sources.camera import CameraSource


class CameraWatch:
    """Holds one camera open between two looks."""

    def __init__(self) -> None:
        self._order: ScanOrder | None = None
        self._camera: CameraSource | None = None

    def looks(self, request: Message) -> Iterator[Message]:
        """Yield what the camera sees now, and the page when one is taken: asked, or by itself."""
        order = order_from_wire(request["order"])
        try:
            camera = self._opened(order)
            looked = camera.look()
            if looked is None:
                raise SourceUnavailableError(SourceFault.CAMERA_GONE, "the pictures have ended")
            view, _ = looked
            is_taken = bool(request["shoot"]) or view.steady >= 1.0
            yield view_to_wire(view, taken=is_taken)
            if is_taken:
                yield from page_of(camera.shoot(), name=order.profile.device)
        except WaslError as error:
            self.let_go()
            yield fault_to_wire(error, 1)

    def let_go(self) -> None:
        """Close the camera; its light goes out."""
        camera, self._camera, self._order = self._camera, None, None
        if camera is not None:
            camera.close()

    def _opened(self, order: ScanOrder) -> CameraSource:
        if self._camera is None or self._order != order:
            self.let_go()
            self._camera, self._order = CameraSource(order), order
        return self._camera
