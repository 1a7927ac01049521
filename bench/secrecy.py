"""Looks for a dossier in the data folder that took it: ``python -m bench.secrecy``.

The demo's dossier is deposited, amended, counted to be scanned later and left as an open draft.
Then every file is searched for each word, number and code that stands on its papers or was typed
(as UTF-8, UTF-16, hexadecimal and base64, by us and by GNU strings), for pieces of its images, and
for blocks that are no noise. What was planted on purpose must be found, and so must all of it in a
store whose database is not encrypted.
"""

import base64
import math
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from bench.store import make
from kiosk.domain.vocabulary import PieceKind
from kiosk.store import database
from tests.desk.conftest import RememberingCapture
from tests.desk.counter import FORM, PERSONAL, SAMPLES
from tests.desk.counter import Counter as Agent
from tests.paper.demo import IMMATRICULATION, SEED
from tests.paper.draw import draw_page

KINDS = ("feuille_de_soins", "ordonnance", "facture", "vignettes", "resultats")
MARKS = (b"%PDF-", b"JFIF", b"\x89PNG\r\n", b"SQLite format 3", b"/Type/Page")
REASON = "Karim Alami: erreur de saisie"
NO_NOISE = {
    "store.id": "a random id and a check of the key",
    "high-water": "the last receipt number",
    "writer.lock": "empty",
    "reserve": "room for an emergency: zeros",
    "wasl.db-shm": "page numbers of the log",
}
"""Files that are plain on purpose; they are searched like the others."""
OWN_WORDS = {"signature"}
"""Printed on every form, and a field of every bundle's header."""
LEAST_BITS = 7.5
_BLOCK = 4096
_PIECE = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one file shows. *least_bits* is the entropy of its dullest block of 4 KB."""

    name: str
    size: int
    bits: float
    least_bits: float
    strings: int
    found: tuple[str, ...]


def secrets_of_papers() -> dict[str, bytes]:
    """Return every run of words and every code of the sample papers, and what was typed."""
    texts = {*PERSONAL, FORM.phone, REASON, "Karim Alami", "123456785"}
    for kind in KINDS:
        page = draw_page(kind, SEED, immatriculation=IMMATRICULATION)  # type: ignore[arg-type]
        lines = [line.text for line in page.text_lines] + [code.text for code in page.codes]
        texts |= set(lines) | {word for line in lines for word in line.split()}
    # Shorter ones are in any few megabytes of noise by chance.
    said = {
        text: text.encode("utf-8") for text in texts - OWN_WORDS if len(text.encode("utf-8")) >= 6
    }
    return {
        f"{text} ({form})": written
        for text, content in said.items()
        for form, written in _forms(text, content).items()
    }


def _forms(text: str, content: bytes) -> dict[str, bytes]:
    forms = {"as it is": content, "UTF-16": text.encode("utf-16-le"), "hex": _hex(content)}
    for lead in range(3):  # base64 of a text depends on where in three bytes it begins
        written = base64.b64encode(bytes(lead) + content)
        forms[f"base64 at {lead}"] = written[(0, 2, 3)[lead] : len(written) // 4 * 4 - 4]
    return {form: written for form, written in forms.items() if len(written) >= 6}


def _hex(content: bytes) -> bytes:
    return content.hex().encode("ascii")


def pieces_of_images(agent: Agent) -> dict[str, bytes]:
    """Return pieces of the sample images and of what was made of them, by name."""
    whole = {file.name: file.read_bytes() for file in sorted(SAMPLES.glob("*.jpg"))}
    with_pages = agent.draft(*sorted(SAMPLES.glob("*.jpg")))
    for page in agent.desk.drafts.resume(with_pages):
        whole[f"preview {page}"[:20]] = getattr(page, "preview_jpeg", b"")
    for number, pdf in enumerate(agent.desk.drafts.pdfs(with_pages), start=1):
        whole[f"PDF of page {number}"] = pdf
    return {
        f"image: {name} at {at}": content[at : at + _PIECE]
        for name, content in whole.items()
        for at in range(1_000, len(content) - _PIECE, max(1, len(content) // 12))
    }


def work(agent: Agent) -> None:
    """Do with a dossier what leaves something on the disk."""
    files = sorted(SAMPLES.glob("*.jpg"))
    number = agent.deposit(*files).receipt_number
    agent.desk.events.amend(number, "123456785", REASON)
    agent.receive(amount="91,20")
    agent.desk.overview.find(number)
    draft_id = agent.draft(*files)
    agent.desk.drafts.note(draft_id, FORM, {1: PieceKind.FEUILLE_DE_SOINS})


def look(folder: Path, secrets: dict[str, bytes]) -> Iterator[Looked]:
    """Yield what each file of *folder* shows."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content, name = path.read_bytes(), path.relative_to(folder).as_posix()
        told = _strings(path)
        found = [what for what, written in secrets.items() if written in content]
        found += [f"{what} (strings)" for what, written in secrets.items() if written in told]
        found += [f"{what} (name)" for what, written in secrets.items() if written in name.encode()]
        found += [f"the mark {mark!r}" for mark in MARKS if mark in content]
        least = _least_bits(content)
        if least < LEAST_BITS and name not in NO_NOISE:
            found.append(f"a block of {least:.2f} bits a byte")
        yield Looked(
            name=name,
            size=len(content),
            bits=bits_a_byte(content),
            least_bits=least,
            strings=told.count(b"\n"),
            found=tuple(found),
        )


def _strings(path: Path) -> bytes:
    """Return what GNU strings prints of a file: 8-bit and 16-bit runs of six characters."""
    runs = [
        subprocess.run(
            ["strings", "-a", "-n", "6", "-e", width, str(path)],
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for width in ("S", "l")
    ]
    return b"".join(runs)


def _least_bits(content: bytes) -> float:
    # A shorter block has fewer different bytes, however random they are.
    whole = [content[at : at + _BLOCK] for at in range(0, len(content) - _BLOCK + 1, _BLOCK)]
    return min((bits_a_byte(block) for block in whole), default=8.0)


def bits_a_byte(content: bytes) -> float:
    """Return the entropy of bytes, 8 at most."""
    total = len(content)
    return -sum(n / total * math.log2(n / total) for n in Counter(content).values()) or 0.0


def plants(secrets: dict[str, bytes]) -> dict[str, Callable[[Path], object]]:
    """Return what somebody might have left in the folder, by name."""
    image = next(written for what, written in secrets.items() if what.startswith("image: preview"))
    typed = '{"immatriculation": "101455262"}'
    return {
        "a number in a log": lambda at: at.write_text("deposit of 101455262\n"),
        "a name in UTF-16": lambda at: at.write_bytes("Karim Alami".encode("utf-16")),
        "a form in base64": lambda at: at.write_bytes(base64.b64encode(typed.encode())),
        "a piece of a preview": lambda at: at.write_bytes(b"\x00" * 100 + image + b"\xff" * 100),
        "a page of text": lambda at: at.write_bytes(b"lorem ipsum dolor sit amet " * 400),
    }


def run(root: Path, capture: RememberingCapture) -> int:
    """Print what each file shows; return 1 when a dossier shows or a plant does not."""
    kiosk = make(root / "whole", capture)
    agent, folder = Agent(kiosk), kiosk.folder.root
    secrets = secrets_of_papers() | pieces_of_images(agent)
    work(agent)
    failed = _print(f"with the store open, {len(secrets)} things looked for", folder, secrets)
    kiosk.close()
    failed += _print("after it is closed", folder, secrets)
    for name, plant in plants(secrets).items():
        file = folder / "planted"
        plant(file)
        is_caught = any(one.found for one in look(folder, secrets))
        file.unlink()
        failed += _said(f"planted, {name}", is_caught)
    with mock.patch.object(database, "_unlock", return_value=None):
        bare = make(root / "plain", capture)
        work(Agent(bare))
        bare.close()
    names = {one.name for one in look(bare.folder.root, secrets) if one.found}
    return failed + _said("a database that is not encrypted", "wasl.db" in names)


def _print(when: str, folder: Path, secrets: dict[str, bytes]) -> int:
    print(f"\n{when}\n{'file':54} {'bytes':>9} {'bits':>5} {'least':>5} {'strings':>7}  found")
    failed = 0
    for one in look(folder, secrets):
        said = "; ".join(one.found) or NO_NOISE.get(one.name, "-")
        figures = f"{one.size:9} {one.bits:5.2f} {one.least_bits:5.2f} {one.strings:7}"
        print(f"{one.name[-54:]:54} {figures}  {said}")
        failed += bool(one.found)
    return failed


def _said(what: str, is_caught: bool) -> int:
    print(f"{what}: {'caught' if is_caught else 'NOT CAUGHT'}")
    return 0 if is_caught else 1


def main() -> int:
    """Return 1 when anything of the dossier can be read, or a plant is not caught."""
    with (
        tempfile.TemporaryDirectory(prefix="wasl-secrecy-") as root,
        RememberingCapture() as capture,
    ):
        return min(1, run(Path(root), capture))


if __name__ == "__main__":
    sys.exit(main())
