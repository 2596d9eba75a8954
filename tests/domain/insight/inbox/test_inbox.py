"""The sandbox inbox: a view over deliveries and test messages."""

import datetime

import pytest
from sqlalchemy.orm import Session

from domain.insight.inbox import find, read
from domain.insight.inbox.find import InboxFilter
from domain.kernel import clock
from tests import letters


@pytest.fixture
def world(session: Session):
    box = letters.sandbox(session)
    return (
        session,
        box,
        letters.distribution(session, box),
        letters.customer(session, "Dina Okafor"),
        letters.customer(session, "Eli Marsh"),
    )


def titles(session: Session, asked: InboxFilter | None = None, **more: object) -> list[str]:
    return [read.letter(session, found, codes=True).title for found in find.page(session, asked or InboxFilter(), **more).letters]


def test_a_mail_is_rebuilt_from_version_and_slots(world) -> None:
    session, box, autumn, dina, _ = world
    letters.letter(session, autumn, dina, box)

    (found,) = find.page(session, InboxFilter()).letters
    letter = read.letter(session, found, codes=True)

    assert letter.parts["subject"] == "Dina, something for coming back"
    assert "<b>Dina</b>" in letter.parts["html"]
    assert letter.preview.startswith("Hello Dina, it has been a while. Your code: RYE-7KQM-4T2X")
    assert (found.customer, found.distribution, found.kind) == ("Dina Okafor", "Autumn thank-you", "email")


def test_text_messages_and_webhook_bodies_have_words_of_their_own(world) -> None:
    session, box, autumn, dina, _ = world
    letters.letter(session, autumn, dina, box, "sms")
    letters.letter(session, autumn, dina, box, "webhook")

    webhook, sms = (read.letter(session, found, codes=True) for found in find.page(session, InboxFilter()).letters)

    assert (sms.title, sms.preview, sms.sms.parts) == ("Hi Dina, 15 % off: RYE-7KQM-4T2X", "+447700900018", 1)
    assert webhook.title == "code.sent"
    assert '  "name": "Dina"' in webhook.payload


def test_the_newest_come_first_a_page_at_a_time(world) -> None:
    session, box, autumn, dina, _ = world
    ids = [letters.letter(session, autumn, dina, box).id for _ in range(3)]
    ids.append(letters.test_send(session, box).id)
    ids.append(letters.letter(session, autumn, dina, box).id)
    ids.reverse()

    first = find.page(session, InboxFilter(), size=2)
    second = find.page(session, InboxFilter(before=first.older), size=2)
    third = find.page(session, InboxFilter(before=second.older), size=2)
    back = find.page(session, InboxFilter(after=second.newer), size=2)

    assert [x.id for page in (first, second, third) for x in page.letters] == ids
    assert (first.newer, third.older) == (None, None)
    assert [x.id for x in back.letters] == ids[:2]


def test_only_what_a_sandbox_answered_is_shown(world) -> None:
    from domain.connections import edit
    from domain.kernel.actor import SYSTEM

    session, box, autumn, dina, _ = world
    real, _ = edit.create(session, SYSTEM, "sendgrid", "News", {"api_key": "SG.hidden-word", "region": "global"})
    letters.letter(session, autumn, dina, real)
    letters.test_send(session, real)
    for state in ("pending", "ready", "leased", "open", "skipped"):
        letters.letter(session, autumn, dina, box, state=state)
    shown = letters.letter(session, autumn, dina, box, state="refused", reason="no")

    assert [found.id for found in find.page(session, InboxFilter()).letters] == [shown.id]


def test_filters(world) -> None:
    session, box, autumn, dina, eli = world
    winter = letters.distribution(session, box, "Winter")
    letters.letter(session, autumn, dina, box)
    letters.letter(session, winter, eli, box, "sms")
    letters.test_send(session, box)

    assert titles(session, InboxFilter(kind="sms")) == ["Hi Eli, 15 % off: RYE-7KQM-4T2X"]
    assert titles(session, InboxFilter(kind="nonsense")) == titles(session)
    assert titles(session, InboxFilter(words="dina o")) == ["Dina, something for coming back"]
    assert titles(session, InboxFilter(words="ELI@ok")) == ["Hi Eli, 15 % off: RYE-7KQM-4T2X"]
    assert titles(session, InboxFilter(words="nobody")) == []
    assert titles(session, InboxFilter(customer_id=dina.id)) == ["Dina, something for coming back"]
    assert titles(session, InboxFilter(distribution_id=winter.id)) == ["Hi Eli, 15 % off: RYE-7KQM-4T2X"]


def test_who_may_not_see_codes_gets_the_letter_rendered_again_without_one(world) -> None:
    session, box, autumn, dina, _ = world
    held = letters.voucher(session, "RYE-7KQM-4T2X")
    letters.letter(session, autumn, dina, box, voucher_id=held.id)
    letters.letter(session, autumn, dina, box, state="refused")

    for found in find.page(session, InboxFilter()).letters:
        masked = read.letter(session, found, codes=False)

        assert "4T2X" not in str(masked.parts)
        assert "/q/" not in str(masked.parts)
        assert masked.parts["subject"] == "Dina, something for coming back"
        assert "Your code: XXXXXXXX" in masked.parts["text"]
        assert "Unsubscribe: /u/preview" in masked.parts["text"]
        assert "/u/x" not in read.source(session, masked, codes=False)


def test_what_was_erased_says_so(world) -> None:
    session, box, autumn, dina, _ = world
    letters.letter(session, autumn, dina, box, slots=None)

    assert titles(session) == ["Erased with the customer"]


def test_one_letter_is_found_by_its_id_and_nothing_else(world) -> None:
    session, box, autumn, dina, _ = world
    row, tested, hidden = (
        letters.letter(session, autumn, dina, box),
        letters.test_send(session, box),
        letters.letter(session, autumn, dina, box, state="ready"),
    )

    assert find.one(session, row.id) is not None
    assert find.one(session, tested.id) is not None
    assert find.one(session, hidden.id) is None
    assert find.one(session, dina.id) is None


def test_unread_are_those_since_the_last_look_and_no_more_than_99(world) -> None:
    session, box, autumn, dina, _ = world
    assert find.unread(session, None) == 0
    letters.letter(session, autumn, dina, box)
    letters.test_send(session, box)

    assert find.unread(session, None) == 2
    assert find.unread(session, None, most=1) == 1
    assert find.unread(session, clock.now(session) + datetime.timedelta(minutes=1)) == 0


def test_the_clock_being_moved_does_not_confuse_what_is_unread(world) -> None:
    session, box, autumn, dina, _ = world
    letters.letter(session, autumn, dina, box)
    seen = clock.now(session) - datetime.timedelta(seconds=30)
    clock.shift(session, datetime.timedelta(days=3))

    assert find.unread(session, seen + datetime.timedelta(days=3)) == 1


def test_an_emptied_inbox_shows_what_comes_later(world) -> None:
    session, box, autumn, dina, _ = world
    old = letters.letter(session, autumn, dina, box)
    find.empty(session)
    from domain.tables import workspace

    workspace.current_project(session).inbox_emptied_at = clock.now(session) + datetime.timedelta(minutes=5)
    assert titles(session) == []
    assert find.one(session, old.id) is None
    workspace.current_project(session).inbox_emptied_at = clock.now(session) - datetime.timedelta(minutes=5)
    assert len(titles(session)) == 1


def test_the_source_is_the_mail_a_carrier_would_get(world) -> None:
    session, box, autumn, dina, _ = world
    letters.letter(session, autumn, dina, box)

    (found,) = find.page(session, InboxFilter()).letters
    source = read.source(session, read.letter(session, found, codes=True), codes=True)

    assert "\nSubject: Dina, something for coming back\n" in source
    assert "\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in source
    assert "multipart/alternative" in source
