"""The main job, shown whole: from paper to receipt without a line, then to the central."""

import json
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from socket import create_connection
from time import monotonic
from urllib.parse import urlsplit

from kiosk.cli.ports import OpenedKiosk, OpenKiosk, OpenWindow
from kiosk.domain.errors import DeviceUnavailableError, ErrorCode, InvalidInputError, WaslError
from kiosk.domain.form import DepositForm
from kiosk.domain.ids import uuid7
from kiosk.domain.moments import local_date
from kiosk.domain.views import Deposited, DraftPage, PageFault
from kiosk.domain.vocabulary import DepositState, PieceKind, Stage

POINT, POINT_NAME = "C0417", "Azrou Centre"
_ROOT = Path(__file__).resolve().parents[2]
_SAMPLE_DAY = date(2026, 11, 4)
_START_LIMIT_S = 60
_STOP_LIMIT_S = 30
_PIECES = (
    PieceKind.FEUILLE_DE_SOINS,
    PieceKind.ORDONNANCE,
    PieceKind.FACTURE,
    PieceKind.CODES_BARRES,
    PieceKind.RESULTATS,
)


class DemoFailedError(WaslError):
    """A step of the demonstration did not truly happen."""

    code = ErrorCode.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Central:
    process: subprocess.Popen[str]
    url: str
    ca_file: Path


class _Steps:
    """Prints each step with its time; a step that fails ends the demonstration."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._began = monotonic()
        self.done: list[dict[str, object]] = []

    @contextmanager
    def step(self, words: str) -> Iterator[Callable[[str], None]]:
        began = monotonic()
        details: list[str] = []
        yield details.append
        elapsed_ms = round((monotonic() - began) * 1000)
        detail = ", ".join(details)
        self.done.append({"step": words, "elapsed_ms": elapsed_ms, "detail": detail})
        if not self._as_json:
            number = len(self.done)
            print(f"{number:2}. {words:<58} {elapsed_ms / 1000:6.2f} s  {detail}", flush=True)

    def total_ms(self) -> int:
        return round((monotonic() - self._began) * 1000)


def demo(options: Namespace, open_kiosk: OpenKiosk, open_window: OpenWindow) -> int:
    """Run the demonstration; return 0 only when every step truly happened.

    Raises:
        WaslError: The step that did not.
    """
    out = _new_folder(options.out)
    steps = _Steps(options.json)
    with _samples() as samples:
        kiosk_data, number = _run(out, samples, steps, open_kiosk)
    if options.json:
        fields = {"out": str(out), "receipt_number": number, "steps": steps.done}
        print(json.dumps(fields | {"elapsed_ms": steps.total_ms()}, ensure_ascii=False))
    else:
        print(f"\nDone in {steps.total_ms() / 1000:.1f} s. Everything is in {out}", flush=True)
        print(f"Receipt {number}: {out / 'receipt.png'}", flush=True)
    if options.window:
        return open_window(kiosk_data, False)
    return 0


def _run(
    out: Path, samples: Sequence[Path], steps: _Steps, open_kiosk: OpenKiosk
) -> tuple[Path, str]:
    kiosk_data, central_data = out / "kiosk", out / "central"
    with steps.step("The central starts on a loopback port") as say:
        central = _start_central(central_data, port=0)
        say(central.url)
    try:
        kiosk = open_kiosk(kiosk_data, writing=True)
        try:
            with steps.step("The kiosk is enrolled with a one-time code") as say:
                say(_enrol(kiosk, central, central_data))
            with steps.step("The line goes: the central stops, its port refuses"):
                _stop(central)
                _check_refuses(central.url)
            made = _deposit(kiosk, samples, steps)
            with steps.step("The receipt is printed to PDF and PNG"):
                _print(kiosk, made.receipt_number, out)
            with steps.step("Without a line the deposit waits") as say:
                say(_check_waits(kiosk))
            with steps.step("The line comes back: the central starts again"):
                port = urlsplit(central.url).port or 0
                central = _start_central(central_data, port=port)
            with steps.step("The dossier is sent and acknowledged") as say:
                say(_sync(kiosk, made.receipt_number))
            with steps.step("The receipt's QR is read from its picture and verified") as say:
                say(_verify(kiosk, out / "receipt.png", made))
            with steps.step("The central holds exactly this dossier") as say:
                say(_check_central(central_data, made))
        finally:
            kiosk.close()
    finally:
        _stop(central)
    return kiosk_data, made.receipt_number


def _deposit(kiosk: OpenedKiosk, samples: Sequence[Path], steps: _Steps) -> Deposited:
    desk = kiosk.desk
    draft_id = desk.drafts.begin(for_command=True)
    order: list[int] = []

    def on_page(page: DraftPage | PageFault) -> None:
        if isinstance(page, PageFault):
            raise DemoFailedError(f"a sample page could not be read: {page.message}")
        order.append(page.page_id)

    with steps.step(f"{len(samples)} pages of the sample dossier are taken") as say:
        for sample in samples:
            desk.drafts.add_pages(draft_id, sample, on_page)
        pages = desk.drafts.pages(draft_id).values()
        problems = {problem.kind.value for page in pages for problem in page.problems}
        say(f"problems: {', '.join(sorted(problems)) or 'none'}")
    with steps.step("The deposit is made durable, without a line") as say:
        made = desk.deposits.confirm(
            draft_id, _form(), dict(zip(order, _PIECES, strict=True)), uuid7(datetime.now(UTC))
        )
        say(f"{made.receipt_number}, {made.size_bytes // 1024} KB sealed")
    return made


def _form() -> DepositForm:
    # What stands on the sample pages; a clock before that day still shows the demonstration.
    cared = min(_SAMPLE_DAY, local_date(datetime.now(UTC)))
    return DepositForm(immatriculation="101455262", care_date=cared.isoformat(), amount="378,95")


def _enrol(kiosk: OpenedKiosk, central: _Central, central_data: Path) -> str:
    answer = _ask_central(
        ["enrol-code", "--point", POINT, "--name", POINT_NAME, "--data", str(central_data)]
    )
    return kiosk.enrol(str(answer["code"]), central.url, central.ca_file).device


def _print(kiosk: OpenedKiosk, number: str, out: Path) -> None:
    pdf = out / "receipt.pdf"
    picture = kiosk.desk.papers.print_receipt(number, f"pdf:{pdf}")
    (out / "receipt.png").write_bytes(picture.png)
    if not pdf.read_bytes().startswith(b"%PDF-"):
        raise DemoFailedError("the receipt's PDF is none")


def _check_waits(kiosk: OpenedKiosk) -> str:
    report = kiosk.link.sync_once()
    if report.sent or report.waiting != 1 or not report.line_failed:
        raise DemoFailedError("the line was down, and yet nothing waits")
    return f"1 waiting, line: {report.failure}"


def _sync(kiosk: OpenedKiosk, number: str) -> str:
    report = kiosk.link.sync_once()
    row = kiosk.desk.overview.row(number)
    if (
        row is None
        or report.sent != 1
        or report.waiting
        or row.state is not DepositState.ACKNOWLEDGED
    ):
        raise DemoFailedError(f"not acknowledged ({report.failure})")
    return f"{report.bytes_sent // 1024} KB sent"


def _verify(kiosk: OpenedKiosk, picture: Path, made: Deposited) -> str:
    verified = kiosk.desk.receipts.verify(str(picture))
    is_ours = verified.receipt_number == made.receipt_number
    if not (verified.is_valid and is_ours and verified.stage is Stage.COPY_RECEIVED):
        raise DemoFailedError(f"the receipt does not verify ({verified.reason})")
    changed = made.receipt_qr[:-8] + ("A" if made.receipt_qr[-8] != "A" else "B")
    changed += made.receipt_qr[-7:]
    if kiosk.desk.receipts.verify(changed).is_valid:
        raise DemoFailedError("a changed signature passes")
    return "valid; with one character changed: refused"


def _check_central(central_data: Path, made: Deposited) -> str:
    stats = _ask_central(["stats", "--data", str(central_data)])
    if stats["deposits"] != 1 or stats["acknowledged"] != 1 or stats["bytes"] != made.size_bytes:
        raise DemoFailedError("the central does not hold exactly this dossier")
    return f"{stats['deposits']} deposit, {stats['bytes']} bytes"


def _start_central(data: Path, port: int) -> _Central:
    command = [*_central(), "serve", "--data", str(data), "--port", str(port), "--json"]
    process = subprocess.Popen(  # noqa: S603 our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        if process.stdout is None:
            raise AssertionError("the pipe was asked for")
        line = process.stdout.readline()
        ready = json.loads(line)
        return _Central(process=process, url=ready["url"], ca_file=Path(ready["ca_file"]))
    except (json.JSONDecodeError, KeyError) as error:
        process.kill()
        process.wait()
        raise DemoFailedError("the central did not start") from error


def _stop(central: _Central) -> None:
    if central.process.poll() is None:
        central.process.terminate()
        try:
            central.process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            central.process.kill()
            central.process.wait()
    if central.process.stdout is not None:
        central.process.stdout.close()


def _check_refuses(url: str) -> None:
    place = urlsplit(url)
    try:
        create_connection((place.hostname, place.port), timeout=2).close()
    except OSError:
        return
    raise DemoFailedError("the central was stopped, and yet its port answers")


def _ask_central(arguments: Sequence[str]) -> dict[str, object]:
    done = subprocess.run(  # noqa: S603 our own program
        [*_central(), *arguments, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_START_LIMIT_S,
        check=False,
        text=True,
    )
    if done.returncode:
        raise DemoFailedError(f"the central's command {arguments[0]} failed")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def _central() -> list[str]:
    if getattr(sys, "frozen", False):
        # An installed kiosk does not carry the central.
        raise DeviceUnavailableError("this installation has no central to demonstrate with")
    return [sys.executable, str(_ROOT / "main.py"), "central"]


def _new_folder(out: Path | None) -> Path:
    if out is None:
        return Path(tempfile.mkdtemp(prefix="wasl-demo-"))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError("out", f"cannot be made ({error.strerror})") from error
    if (out / "kiosk").exists() or (out / "central").exists():
        raise InvalidInputError("out", "holds an earlier demonstration; name another folder")
    return out.absolute()


@contextmanager
def _samples() -> Iterator[list[Path]]:
    with as_file(files("kiosk").joinpath("samples")) as folder:
        yield sorted(folder.glob("*.jpg"))
