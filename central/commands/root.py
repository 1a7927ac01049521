"""``central root``: what the offline root says next, drafted, signed and gone by."""

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from central import keys, opening, tls
from central.commands.place import place_of
from central.files import write_private
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import rfc3339
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.succession import read_root
from kiosk.wire.trust import RootStatement, sign_statement

_MAX_BYTES = 64 * 1024


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Draft the root's next word, sign one where the root's key is, or go by one.

    Raises:
        InvalidInputError: A file or a key is not what it should be; no central in the data folder.
        WrongKeyError: The word does not follow from the present one.
    """
    return {"draft": _draft, "sign": _sign, "adopt": _adopt}[options.act](options)


def _draft(options: argparse.Namespace) -> dict[str, Any]:
    opening.existing(place_of(options)).close()
    present = keys.load(options.data).words[-1].statement
    changes: dict[str, Any] = {
        "version": present.version + 1,
        "issued_at": rfc3339(opening.now()),
        # Named once: who signs after that signs on.
        "root_key": b64(keys.read_public(options.root_key).raw) if options.root_key else None,
    }
    for name in ("recipients", "recovery", "intake"):
        if (given := getattr(options, name)) is not None:
            changes[name] = given
    if options.new_trust_key:
        changes["trust_key"] = b64(keys.next_trust_key(options.data).raw)
    if options.new_authority:
        folder = keys.own_folder(options.data)
        pems = (tls.next_authority(folder), tls.authority_certificate(folder))
        changes["authorities"] = [pem.decode("ascii") for pem in pems]
    elif options.authorities is not None:
        changes["authorities"] = [_text(file) for file in options.authorities]
    drafted = _statement(json.dumps(present.model_dump(mode="json") | changes))
    write_private(options.file, drafted.model_dump_json(indent=1).encode("ascii"))
    return {"draft": str(options.file), "version": drafted.version}


def _sign(options: argparse.Namespace) -> dict[str, Any]:
    statement, key = _statement(_text(options.draft)), keys.read_private(options.key)
    signed = sign_statement(statement, key, ContentType.ROOT_STATEMENT)
    try:
        read_root(signed, key.public)
    except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
        raise InvalidInputError("draft", str(error)) from error
    write_private(options.file, signed.encode("ascii"))
    return {"signed": str(options.file), **statement.model_dump(mode="json")}


def _adopt(options: argparse.Namespace) -> dict[str, Any]:
    opening.existing(place_of(options)).close()
    own = keys.adopt(options.data, _text(options.file).strip())
    keys.write_ca_file(options.data, own.root)
    return {
        "version": own.words[-1].statement.version,
        "trust_key": own.trust.public.key_id.hex(),
        "ca_file": str((options.data / "ca.pem").resolve()),
    }


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_BYTES).decode("ascii")
    except (OSError, ValueError) as error:
        raise InvalidInputError("file", f"{file.name} cannot be read as text") from error


def _statement(text: str) -> RootStatement:
    try:
        return RootStatement.model_validate_json(text)
    except ValidationError as error:
        places = sorted({".".join(map(str, one["loc"])) for one in error.errors()})
        raise InvalidInputError(
            "draft", f"not a root statement: {', '.join(places)[:200]}"
        ) from None
