"""Messages to agents are kept once, and shown until their last day."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from kiosk.store import messages
from kiosk.store.store import Store
from kiosk.wire.messages import AgentMessage, Updates
from tests.enrolled import DEVICE, NOW

TODAY = NOW.date()


def message(last_day: date, minutes: int = 0, message_id: UUID | None = None) -> AgentMessage:
    """Return a message that was sent some minutes after NOW."""
    return AgentMessage(
        id=message_id or uuid4(),
        text_fr="Fermé demain.",
        text_ar="مغلق غداً.",
        from_at=NOW + timedelta(minutes=minutes),
        last_day=last_day,
    )


def hear(store: Store, *told: AgentMessage) -> None:
    """Take messages in as the central's updates bring them."""
    cursor = store.memory.told().cursor
    store.memory.apply(
        Updates(device=DEVICE, previous=cursor, cursor=cursor + 1, time=NOW, messages=told),
        None,
        "",
    )


def test_message_is_shown_once_and_until_its_last_day(store: Store) -> None:
    first, second = message(TODAY), message(TODAY + timedelta(days=3), 5)
    hear(store, first)
    hear(store, second, first)
    connection = store.db.conn
    assert messages.shown(connection, TODAY) == (second, first)
    assert messages.shown(connection, TODAY + timedelta(days=1)) == (second,)
    assert messages.shown(connection, TODAY + timedelta(days=4)) == ()


def test_replayed_updates_bring_no_message_back(store: Store) -> None:
    old = Updates(device=DEVICE, previous=0, cursor=1, time=NOW, messages=(message(TODAY),))
    store.memory.apply(old, None, "")
    newest = [message(TODAY, minutes) for minutes in range(1, messages.MOST + 1)]
    hear(store, *newest)
    store.memory.apply(old, None, "")
    assert messages.shown(store.db.conn, TODAY) == tuple(reversed(newest))
