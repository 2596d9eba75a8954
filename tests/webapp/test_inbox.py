"""Pages of the sandbox inbox."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from tests import letters


@pytest.fixture
def mail(session: Session) -> Any:
    box = letters.sandbox(session)
    held = letters.voucher(session, "RYE-7KQM-4T2X")
    return letters.letter(session, letters.distribution(session, box), letters.customer(session, "Dina Okafor"), box, voucher_id=held.id)


def where(row: Any) -> str:
    return f"/inbox/{outside(Prefix.DELIVERY, row.id)}"


def test_an_empty_inbox_teaches(ann: Any) -> None:
    page = ann.get("/inbox").text

    assert "Nothing was sent through the sandbox yet" in page
    assert "Empty the inbox" not in page


def test_a_mail_is_listed_with_its_words_and_opened_beside(ann: Any, mail: Any) -> None:
    page = ann.get("/inbox").text

    assert "Dina, something for coming back" in page
    assert "Your code: RYE-7KQM-4T2X" in page
    assert f'src="{where(mail)}/mail"' in page
    assert "Maple &amp; Rye" in page


def test_the_mail_stands_in_a_frame_without_scripts(ann: Any, mail: Any) -> None:
    page, frame = ann.get(where(mail)), ann.get(f"{where(mail)}/mail")

    assert "sandbox title=" in page.text
    assert "<b>Dina</b>" in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_viewers_see_no_code_and_no_picture_of_one(bo: Any, mail: Any) -> None:
    for path in ("/inbox", where(mail), f"{where(mail)}?view=text", f"{where(mail)}?view=source", f"{where(mail)}/mail"):
        page = bo.get(path)
        assert page.status_code == 200
        assert "7KQM" not in page.text, path
    assert "img-src 'none'" in bo.get(f"{where(mail)}/mail").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("view", "words"),
    [("text", "Your code: RYE"), ("source", "List-Unsubscribe-Post"), ("timeline", "The sandbox took it"), ("x", "<iframe")],
)
def test_a_mail_has_several_views(ann: Any, mail: Any, view: str, words: str) -> None:
    assert words in ann.get(f"{where(mail)}?view={view}").text


def test_text_messages_stand_in_bubbles_and_bodies_are_laid_out(ann: Any, session: Session) -> None:
    box = letters.sandbox(session)
    autumn, dina = letters.distribution(session, box), letters.customer(session, "Dina Okafor")
    sms = letters.letter(session, autumn, dina, box, "sms")
    body = letters.letter(session, autumn, dina, box, "webhook")

    assert 'class="bubble">Hi Dina' in ann.get(where(sms)).text
    assert "1 part, 32 characters in GSM-7" in ann.get(where(sms)).text
    assert "  &#34;name&#34;: &#34;Dina&#34;" in ann.get(where(body)).text


def test_a_test_message_is_marked(ann: Any, session: Session) -> None:
    row = letters.test_send(session, letters.sandbox(session), parts={"subject": "Hello", "text": "x", "html": "<p>x</p>"})

    assert "[TEST] Hello" in ann.get("/inbox").text
    assert ann.get(f"/inbox/test_{row.id.hex}").status_code == 200
    assert "<p>x</p>" in ann.get(f"/inbox/test_{row.id.hex}/mail").text


def test_looking_makes_letters_read_and_the_navigation_counts_the_others(ann: Any, bo: Any, session: Session, mail: Any) -> None:
    assert 'class="sr"> new<' in ann.get("/connections").text

    first, second = ann.get("/inbox").text, ann.get("/inbox").text

    assert "Mail, unread" in first
    assert "Mail, unread" in bo.get("/inbox").text
    assert second.count("letters") >= 1


def test_filters_live_in_the_address_and_stay_when_a_letter_is_opened(ann: Any, mail: Any, session: Session) -> None:
    dina, autumn = outside(Prefix.CUSTOMER, mail.customer_id), outside(Prefix.DISTRIBUTION, mail.distribution_id)

    page = ann.get(f"/inbox?kind=email&q=dina&customer={dina}&distribution={autumn}").text

    assert f"{where(mail)}?kind=email&amp;q=dina" in page
    assert "Because of <b>Autumn thank-you</b>" in page
    assert "Nothing here fits" in ann.get("/inbox?kind=sms").text
    assert "Nothing here fits" in ann.get("/inbox?q=nobody").text


def test_emptying_is_for_those_who_may_and_is_written_down(ann: Any, bo: Any, mail: Any) -> None:
    assert bo.post("/inbox/empty").status_code == 403
    assert ann.post("/inbox/empty").status_code == 303


def test_nonsense_is_404_and_a_wrong_cursor_the_first_page(ann: Any, mail: Any) -> None:
    for path in ("/inbox/dlv_x", "/inbox/test_0", f"/inbox/cust_{mail.id.hex}", "/inbox/dlv_" + "0" * 32):
        assert ann.get(path).status_code == 404
    assert "Dina, something" in ann.get("/inbox?before=nonsense").text
