"""Manifests made small for the line: zlib (RFC 1950) with a dictionary both sides know.

What is signed, hashed and kept is what unpacking gives, byte for byte. The dictionary holds what
nearly every manifest says, in the order in which it is said; what says most stands last, since zlib
finds near matches cheapest. It is part of the protocol: a change of one byte makes it another one,
which no central of before knows, so it is never changed, whatever becomes of the manifests' fields.
"""

import zlib
from typing import Final

from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.manifests import MAX_MANIFEST_BYTES

DICTIONARY: Final = (
    '"cancellation","amendment","complement","completion","salt":"","event_id":"01","event":"'
    'cancellation","deposit_id":"019","reason":"","immatriculation":null,"deposit_id":null,'
    '"sejour_recepisse","passport","sejour","none","id_number":"","phone":"","trust":"unverified",'
    '"ald","dentaire","optique","maternite","beneficiary":"spouse","beneficiary":"child",'
    '"depositor":"family","depositor":"other","end_date":"2026-"'
    '{"kind":"radio","pages":[{"kind":"note_honoraires","pages":[{"kind":"accord_prealable",'
    '"pages":[{"kind":"certificat","pages":[{"kind":"autre","pages":[]}],'
    '"problems":["blurred","glare","shadow","cut_off","too_dark","low_resolution",'
    '"outline_uncertain","blank","duplicate_page"],"original_is_so":true,'
    '["Code128","["DataMatrix","["QRCode","["EAN8","["PDF417","["ITF","'
    '"late_deposit","immatriculation_key","missing_piece:ordonnance","page_problem:1:blurred",'
    '"amount_over_notice","fse_seen","clock_untrusted","identity_document","inpe","ice",'
    '"possible_duplicate:C0"],"document":null,"group_id":"019'
    '{"type":"event","version":1,"salt":"{"type":"deposit","version":1,"salt":"","deposit_id":"01'
    '","receipt_number":"C0","device":"C0A-000","sequence":1,"clock":{"utc":"2026-1'
    'Z","monotonic_ms":10,"trust":"verified"},"agent":"","insured":{"immatriculation":"1'
    '","id_type":"cin","id_number":"","phone":"+2126"},"kind":"maladie","beneficiary":"self",'
    '"depositor":"self","care_date":"2026-1","end_date":null,"amount_centimes":'
    '00,"pieces":[{"kind":"feuille_de_soins","pages":[1]},{"kind":"ordonnance","pages":[2,3]},'
    '{"kind":"facture","pages":[4,5,6]},{"kind":"codes_barres","pages":[7]},'
    '{"kind":"resultats","pages":[8,9,10]}],"page_notes":[{"page":2,"problems":[],'
    '"original_is_so":false,"codes":[["EAN13","611"],["]]}],"page_hashes":["","'
    '"],"document":{"sha256":"","size_bytes":1,"page_count":3},"group_id":null,'
    '"carnet_number":null,"warnings":[],"reason":"","rules_version":"2026-11"}'
).encode("ascii")


def pack(content: bytes) -> bytes:
    """Return *content* as it goes over the line."""
    packer = zlib.compressobj(level=zlib.Z_BEST_COMPRESSION, zdict=DICTIONARY)
    return packer.compress(content) + packer.flush()


def unpack(packed: bytes) -> bytes:
    """Return what was packed, by whichever zlib, with the dictionary or without.

    Raises:
        MalformedMessageError: Damaged, cut short, followed by something, or larger than a manifest.
    """
    return inflate(packed, MAX_MANIFEST_BYTES, "manifest", DICTIONARY)


def inflate(packed: bytes, limit: int, what: str, dictionary: bytes = b"") -> bytes:
    """Return the one zlib stream that *packed* is, at most *limit* bytes; errors name *what*.

    Raises:
        MalformedMessageError: Damaged, cut short, followed by something, or larger.
    """
    unpacker = zlib.decompressobj(zdict=dictionary)
    try:
        content = unpacker.decompress(packed, limit + 1)
    except zlib.error as error:
        raise MalformedMessageError(f"not a packed {what}") from error
    if len(content) > limit:
        raise MalformedMessageError(f"the {what} is larger than the protocol allows")
    if not unpacker.eof or unpacker.unused_data:
        raise MalformedMessageError(f"not one packed {what} and nothing else")
    return content
