"""The central's own keys, and the demonstration keys that in earnest other people would hold.

``DIR/keys/`` is what the serving process reads. ``DIR/demo-keys/`` holds the offline root and the
age identities. Of those only the intake key is read again, where no other is named: it opens the
manifests that couriers bring.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyrage import x25519

from central import tls
from central.errors import WrongKeyError
from central.files import make_private, sync_folder, write_private
from kiosk.domain.moments import rfc3339
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.succession import Root, follow, read_root
from kiosk.wire.trust import MAX_ACKNOWLEDGEMENT_KEYS, RootStatement, sign_statement

_OWN, _DEMO = "keys", "demo-keys"
_ACKNOWLEDGEMENT, _TRUST = "acknowledgement.key", "trust.key"
_NEXT_TRUST = "trust-next.key"
_FORMER = "acknowledgement-*.pub"
_ROOT_PUBLIC, _ROOT_STATEMENT = "root.pub", "root-statement.txt"
_EARLIER_STATEMENTS = "root-statement-*.txt"
_IDENTITIES = ("operations", "recovery", "intake")
_DEMO_README = """Demonstration keys, made by the first start of this central.

root.key          offline root (Ed25519): signed the list of who may open sealed scans
operations.age    opens sealed scans (age identity)
recovery.age      opens sealed scans when the operations key is lost (age identity)
intake.age        opens sealed manifests in couriers' bundles (age identity)

In earnest they are made apart, by different people, and never lie on this machine.
"""


_UNREADABLE = (OSError, ValueError, BadSignatureError, UnknownKeyError, MalformedMessageError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingKeys:
    """What the serving process signs with, and the offline root's word for it.

    Attributes:
        words: All that the offline root has said, oldest first; each follows from the one before.
        former: Acknowledgement keys of before: what they signed is still to be believed.
    """

    acknowledgement: PrivateKey
    trust: PrivateKey
    words: tuple[Root, ...]
    former: tuple[PublicKey, ...] = ()

    @property
    def root(self) -> PublicKey:
        """Return the key that signed the root's newest word: what a new kiosk pins."""
        return self.words[-1].key

    @property
    def former_trust(self) -> frozenset[bytes]:
        """Return the ids of the trust keys before today's."""
        ids = {word.trust_key.key_id for word in self.words}
        return frozenset(ids - {self.trust.public.key_id})

    @property
    def root_statement(self) -> str:
        """Return the root's newest word, base64url of its COSE_Sign1."""
        return self.words[-1].signed


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Let one process at a time make or open what lies in *data*."""
    handle = os.open(make_private(data) / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_if_absent(data: Path, now: datetime) -> bool:
    """Make all keys at the very first start; tell whether that was now. Call under the lock.

    Raises:
        WrongKeyError: The keys are unreadable, or gone from beside an existing database.
    """
    if (data / _OWN).is_dir():
        try:
            _settle(data / _OWN)
        except _UNREADABLE as error:
            raise WrongKeyError("the central's keys are missing or unreadable") from error
        return False
    if any(data.glob("central.db*")):
        raise WrongKeyError("the keys folder is missing beside an existing database")
    partial = data / ".making-keys"
    for leftover in (partial, data / _DEMO):
        # Left by a start that died half-way: nobody was ever given any of these keys.
        shutil.rmtree(leftover, ignore_errors=True)
    own, demo = make_private(partial / _OWN), make_private(partial / _DEMO)
    trust = PrivateKey.generate()
    statement, root = _make_demo_keys(demo, trust.public, now)
    write_private(own / _ACKNOWLEDGEMENT, _private_pem(PrivateKey.generate()))
    write_private(own / _TRUST, _private_pem(trust))
    write_private(own / _ROOT_PUBLIC, _public_pem(root))
    write_private(own / _ROOT_STATEMENT, statement.encode("ascii"))
    tls.make_authority(own)
    demo.rename(data / _DEMO)
    own.rename(data / _OWN)
    partial.rmdir()
    sync_folder(data)
    return True


def load(data: Path) -> ServingKeys:
    """Read the serving process's keys.

    Raises:
        WrongKeyError: Missing or unreadable.
    """
    folder = data / _OWN
    try:
        words = _words(folder)
        acknowledgement, trust = _read_key(folder / _ACKNOWLEDGEMENT), _trust_key(folder, words[-1])
        # Newest first: the oldest are the first that a full list has no place for.
        former = tuple(_read_public(file) for file in sorted(folder.glob(_FORMER), reverse=True))
    except _UNREADABLE as error:
        raise WrongKeyError("the central's keys are missing or unreadable") from error
    return ServingKeys(
        acknowledgement=acknowledgement,
        trust=trust,
        words=words,
        former=tuple(key for key in former if key != acknowledgement.public),
    )


def rotate_acknowledgement(data: Path) -> ServingKeys:
    """Make a new acknowledgement key and return the keys as they are from now on.

    Whoever serves reads it at its next start. The former key signs no more; its public half stays
    listed, since acknowledgements that it signed may still be on their way.

    Raises:
        WrongKeyError: The keys are missing, or the list of former ones is full.
    """
    with locked(data):
        own, folder = load(data), data / _OWN
        if len(own.former) + 2 > MAX_ACKNOWLEDGEMENT_KEYS:
            raise WrongKeyError("too many former keys are listed: remove the oldest from keys/")
        count = len(list(folder.glob(_FORMER))) + 1
        # The public half first: a key that is listed and never used again does no harm.
        former = folder / f"acknowledgement-{count:03d}.pub"
        write_private(former, _public_pem(own.acknowledgement.public))
        write_private(folder / _ACKNOWLEDGEMENT, _private_pem(PrivateKey.generate()))
        return load(data)


def next_trust_key(data: Path) -> PublicKey:
    """Return the trust key that the root is to name next, making it if need be."""
    with locked(data):
        _settle(data / _OWN)
        file = data / _OWN / _NEXT_TRUST
        if not file.exists():
            write_private(file, _private_pem(PrivateKey.generate()))
        return _read_key(file).public


def adopt(data: Path, signed: str) -> ServingKeys:
    """Go by the root's next word and return the keys as they are from now on.

    Whoever serves reads it at its next start. What was said before is kept: a kiosk that was away
    follows all of it.

    Raises:
        WrongKeyError: It does not follow from the present one, is not newer, or names a trust key
            that this central does not hold.
    """
    with locked(data):
        own, folder = load(data), data / _OWN
        try:
            word = follow(own.words[-1], [signed])
            if word is own.words[-1]:
                raise WrongKeyError("not newer than what the root has said before")
            _trust_key(folder, word)
        except _UNREADABLE as error:
            raise WrongKeyError("not the root's next word for this central's keys") from error
        # One file decides: before it is there everything is as it was, and after it as it will be.
        earlier = folder / f"root-statement-{len(own.words):03d}.txt"
        write_private(earlier, own.root_statement.encode("ascii"))
        write_private(folder / _ROOT_STATEMENT, signed.encode("ascii"))
        _settle(folder)
        return load(data)


def _settle(folder: Path) -> None:
    """Put keys where they belong by the root's newest word, which may have died half-way."""
    word = _words(folder)[-1]
    trust = _trust_key(folder, word)
    if trust != _read_key(folder / _TRUST):
        write_private(folder / _TRUST, _private_pem(trust))
    if (folder / _NEXT_TRUST).exists() and _read_key(folder / _NEXT_TRUST) == trust:
        (folder / _NEXT_TRUST).unlink()
    tls.take_next(folder, word.statement.authorities)


def read_private(file: Path) -> PrivateKey:
    """Return an Ed25519 key from its PEM file.

    Raises:
        WrongKeyError: It cannot be read, or is none.
    """
    try:
        return _read_key(file)
    except (OSError, ValueError) as error:
        raise WrongKeyError("the key file cannot be read as an Ed25519 key (PEM)") from error


def read_public(file: Path) -> PublicKey:
    """Return an Ed25519 public key from its PEM file.

    Raises:
        WrongKeyError: It cannot be read, or is none.
    """
    try:
        return _read_public(file)
    except (OSError, ValueError) as error:
        raise WrongKeyError("the file cannot be read as an Ed25519 public key (PEM)") from error


def _words(folder: Path) -> tuple[Root, ...]:
    texts = [file.read_text("ascii") for file in sorted(folder.glob(_EARLIER_STATEMENTS))]
    newest = (folder / _ROOT_STATEMENT).read_text("ascii")
    # A start that died while it adopted a word may have left the present one twice.
    texts = [text for text in texts if text != newest] + [newest]
    words = [read_root(texts[0], _read_public(folder / _ROOT_PUBLIC))]
    for text in texts[1:]:
        words.append(follow(words[-1], [text]))
    return tuple(words)


def _trust_key(folder: Path, word: Root) -> PrivateKey:
    for name in (_TRUST, _NEXT_TRUST):
        if (folder / name).exists() and (key := _read_key(folder / name)).public == word.trust_key:
            return key
    raise ValueError("the trust key that the root names is not here")


def write_ca_file(data: Path, root: PublicKey) -> Path:
    """Write ``ca.pem``: the TLS CA's certificate, then the offline root's public key.

    One file to carry to a counter pins both: who is talked to, and whose word is law.
    """
    target = data / "ca.pem"
    content = ca_content(data, root)
    if not target.exists() or target.read_bytes() != content:
        write_private(target, content)
        target.chmod(0o644)
    return target


def ca_content(data: Path, root: PublicKey) -> bytes:
    """Return what ``ca.pem`` holds, whose hash the QR of an enrolment carries."""
    named = "".join(load(data).words[-1].statement.authorities).encode("ascii")
    return (named or tls.authority_certificate(data / _OWN)) + _public_pem(root)


def own_folder(data: Path) -> Path:
    """Return the folder of the central's own keys."""
    return data / _OWN


def demo_folder(data: Path) -> Path:
    """Return the folder of the demonstration keys."""
    return data / _DEMO


def _make_demo_keys(folder: Path, trust: PublicKey, now: datetime) -> tuple[str, PublicKey]:
    root = PrivateKey.generate()
    write_private(folder / "root.key", _private_pem(root))
    recipients: dict[str, str] = {}
    for name in _IDENTITIES:
        identity = x25519.Identity.generate()
        recipients[name] = str(identity.to_public())
        text = f"# created: {rfc3339(now)}\n# public key: {recipients[name]}\n{identity}\n"
        write_private(folder / f"{name}.age", text.encode("ascii"))
    write_private(folder / "README.txt", _DEMO_README.encode("ascii"))
    statement = RootStatement(
        version=1,
        issued_at=now,
        recipients=(recipients["operations"], recipients["recovery"]),
        intake=recipients["intake"],
        recovery=(recipients["recovery"],),
        trust_key=b64(trust.raw),
    )
    return sign_statement(statement, root, ContentType.ROOT_STATEMENT), root.public


def _private_pem(key: PrivateKey) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(key.seed).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public_pem(key: PublicKey) -> bytes:
    return Ed25519PublicKey.from_public_bytes(key.raw).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _read_public(file: Path) -> PublicKey:
    key = serialization.load_pem_public_key(file.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return PublicKey(key.public_bytes_raw())


def _read_key(file: Path) -> PrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return PrivateKey(key.private_bytes_raw())
