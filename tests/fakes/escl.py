"""A network scanner with a feeder, as sane-airscan speaks with one (Mopria eSCL, over HTTP).

Three sheets lie in it unless told otherwise; each is a JPEG. It can go away in the middle of one.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

_SPACES = (
    'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03"'
    ' xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'
)
_SIDE = """<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>
<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>3508</scan:MaxHeight>
<scan:SettingProfiles><scan:SettingProfile>
<scan:ColorModes><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode>
</scan:ColorModes><scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
</scan:DocumentFormats><scan:SupportedResolutions><scan:DiscreteResolutions>
<scan:DiscreteResolution><scan:XResolution>75</scan:XResolution>
<scan:YResolution>75</scan:YResolution></scan:DiscreteResolution>
<scan:DiscreteResolution><scan:XResolution>300</scan:XResolution>
<scan:YResolution>300</scan:YResolution></scan:DiscreteResolution>
</scan:DiscreteResolutions></scan:SupportedResolutions>
</scan:SettingProfile></scan:SettingProfiles>"""
CAPABILITIES = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities {_SPACES}><pwg:Version>2.6</pwg:Version>
<pwg:MakeAndModel>Counter MFP</pwg:MakeAndModel><pwg:SerialNumber>ESCL7</pwg:SerialNumber>
<scan:Adf><scan:AdfSimplexInputCaps>{_SIDE}</scan:AdfSimplexInputCaps>
<scan:FeederCapacity>50</scan:FeederCapacity></scan:Adf></scan:ScannerCapabilities>"""
_STATUS = """<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus {spaces}><pwg:Version>2.6</pwg:Version><pwg:State>Idle</pwg:State>
<scan:AdfState>{adf}</scan:AdfState></scan:ScannerStatus>"""


@dataclass(slots=True)
class Feeder:
    """What lies in the feeder and what was asked of the scanner.

    Attributes:
        grey, colour: The sheets as JPEG, one list for each colour mode.
        breaks_at: The sheet in the middle of which the scanner goes away, counted from 1.
        settings: The scan settings of each job, as they came.
    """

    grey: Sequence[bytes]
    colour: Sequence[bytes] = ()
    breaks_at: int | None = None
    settings: list[str] = field(default_factory=list)
    taken: int = 0

    def sheets(self) -> Sequence[bytes]:
        """Return the sheets in the colours of the last job."""
        return self.colour if "RGB24" in self.settings[-1] else self.grey

    def is_loaded(self) -> bool:
        """Tell whether a sheet is left."""
        return self.taken < len(self.grey)


class _Scanner(BaseHTTPRequestHandler):
    feeder: ClassVar[Feeder]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.endswith("/ScannerCapabilities"):
            self._answer(200, CAPABILITIES.encode(), "text/xml")
        elif self.path.endswith("/ScannerStatus"):
            adf = "ScannerAdfLoaded" if self.feeder.is_loaded() else "ScannerAdfEmpty"
            self._answer(200, _STATUS.format(spaces=_SPACES, adf=adf).encode(), "text/xml")
        elif self.path.endswith("/NextDocument") and self.feeder.is_loaded():
            self._next_document()
        else:
            self._answer(404)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.feeder.settings.append(self.rfile.read(length).decode())
        self.send_response(201)
        self.send_header("Location", f"http://{self.headers['Host']}/eSCL/ScanJobs/1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_DELETE(self) -> None:
        self._answer(200)

    def _next_document(self) -> None:
        sheet = self.feeder.sheets()[self.feeder.taken]
        self.feeder.taken += 1
        if self.feeder.taken == self.feeder.breaks_at:
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(sheet)))
            self.end_headers()
            self.wfile.write(sheet[: len(sheet) // 2])
            self.close_connection = True
            self.feeder.taken = len(self.feeder.grey)  # nothing more comes of it
            return
        self._answer(200, sheet, "image/jpeg")

    def _answer(self, code: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def escl_scanner(feeder: Feeder) -> Iterator[str]:
    """Serve a scanner on a free port of loopback; yield its address."""
    handler = type("Handler", (_Scanner,), {"feeder": feeder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/eSCL"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def resolution_of(settings: str) -> str:
    """Return the resolution a job asked for."""
    found = re.search(r"XResolution>(\d+)<", settings)
    return found[1] if found else ""
