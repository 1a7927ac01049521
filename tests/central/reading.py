"""Opens what the central signs, the way a kiosk does."""

from kiosk.wire.cose import ContentType, verify
from kiosk.wire.encoding import unb64
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import Acknowledgement, Updates
from kiosk.wire.trust import Configuration, RootStatement, TrustList, only, open_statement
from tests.central.client import Client


def root_statement(client: Client, root: PublicKey) -> RootStatement:
    return open_statement(
        RootStatement, client.answer["root_statement"], only(root), ContentType.ROOT_STATEMENT
    )


def trust_key(client: Client, root: PublicKey) -> PublicKey:
    return PublicKey(unb64(root_statement(client, root).trust_key))


def trust_list(client: Client, root: PublicKey, signed: str | None = None) -> TrustList:
    key = only(trust_key(client, root))
    return open_statement(
        TrustList, signed or client.answer["trust_list"], key, ContentType.TRUST_LIST
    )


def configuration(client: Client, root: PublicKey, signed: str | None = None) -> Configuration:
    key = only(trust_key(client, root))
    text = signed or client.answer["configuration"]
    return open_statement(Configuration, text, key, ContentType.CONFIGURATION)


def updates(client: Client, root: PublicKey, query: str) -> Updates:
    response = client.call("GET", f"/v1/updates{query}")
    assert response.status_code == 200, response.text
    key = only(trust_key(client, root))
    return open_statement(Updates, response.json()["updates"], key, ContentType.UPDATES)


def acknowledgement(client: Client, root: PublicKey, text: str) -> Acknowledgement:
    trusted = trust_list(client, root)
    payload = verify(unb64(text), trusted.acknowledgement_key, ContentType.ACKNOWLEDGEMENT)
    return Acknowledgement.model_validate_json(payload)
