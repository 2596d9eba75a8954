"""Every search of the app, asked alike: names are found whatever their case, accents and the order of the database."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import webapp
from domain.journal import audit
from domain.kernel.base import Prefix, new_id, outside
from domain.tables.connections import TestSend
from domain.tables.incentives import Voucher
from domain.tables.sending import Delivery, Recipient
from domain.workspace.templates import keep
from tests.scenes import ANN, Scene
from tests.webapp.conftest import Browser

pytestmark = pytest.mark.every_locale
CODE = new_id()
"""Codes are masked on pages; the link to one has its id."""
NAMES = ("İlker Straße", "Zoe\u0308 Ångström", "Ωμέγα Σοφός", "Łukasz Żółć")
"""As they were written: with a dotted capital, a sharp s, combining accents, other alphabets."""


def typed_ways(name: str) -> list[str]:
    """How people type the first word of it, and a part of it: in capitals, small, composed and taken apart."""
    first = name.split(maxsplit=1)[0]
    ways = [first, first.upper(), first.lower(), first[:2], unicodedata.normalize("NFD", first), unicodedata.normalize("NFC", first)]
    return [*ways, name.upper().replace("SS", "ß")]


@dataclass(frozen=True)
class Search:
    """A page with a search: its module, how what it finds is made (the answer is the path to ask), and the field of the URL."""

    module: str
    made: Callable[[Scene, str], str]
    field: str = "q"
    posted: bool = False


def customer(scene: Scene, name: str) -> str:
    scene.customer(name, "somebody@example.com")
    return "/customers"


def campaign(scene: Scene, name: str) -> str:
    scene.campaign(name, codes=0)
    return "/campaigns"


def code(scene: Scene, name: str) -> str:
    row = scene.campaign("Codes", codes=1)
    scene.add(Voucher(id=CODE, campaign_id=row.id, code=name, state="free"))
    return f"/campaigns/{outside(Prefix.CAMPAIGN, row.id)}"


def holder(scene: Scene, name: str) -> str:
    row = scene.campaign("Holders", codes=1)
    who = scene.customer(name)
    scene.add(
        Voucher(id=CODE, campaign_id=row.id, code="HELD-1", state="assigned", is_free=False, customer_id=who.id, assigned_at=scene.now)
    )
    return f"/campaigns/{outside(Prefix.CAMPAIGN, row.id)}"


def distribution(scene: Scene, name: str) -> str:
    scene.draft(name=name)
    return "/distributions"


def segment(scene: Scene, name: str) -> str:
    scene.segment(name)
    return "/segments"


def member(scene: Scene, name: str) -> str:
    return f"/segments/{outside(Prefix.SEGMENT, scene.segment('Some', scene.customer(name)).id)}"


def picked(scene: Scene, name: str) -> str:
    scene.customer(name)
    return "/segments/pick"


def audited(scene: Scene, name: str) -> str:
    audit.record(scene.session, ANN, "edit segment", "seg_1", name)
    return "/settings/audit"


def delivery(scene: Scene, name: str) -> str:
    row = scene.scheduled(scene.codes_to_segment())
    who = scene.customer(name)
    recipient = scene.add(
        Recipient(distribution_id=row.id, once_key="x", customer_id=who.id, version=1, lane="bulk", state="served", waits=False)
    )
    scene.add(
        Delivery(
            recipient_id=recipient.id, distribution_id=row.id, customer_id=who.id, channel="c1", connection_id=scene.sandbox.id,
            lane="bulk", version=1, state="accepted", created_at=scene.now,
        )
    )  # fmt: skip
    return f"/distributions/{outside(Prefix.DISTRIBUTION, row.id)}/deliveries"


def explained(scene: Scene, name: str) -> str:
    scene.customer(name)
    return f"/distributions/{outside(Prefix.DISTRIBUTION, scene.scheduled(scene.codes_to_segment()).id)}/why"


def letter(scene: Scene, name: str) -> str:
    who = scene.customer(name)
    parts = {"subject": "Hello", "text": "Hello"}
    scene.add(TestSend(connection_id=scene.sandbox.id, customer_id=who.id, channel="email", address="x", parts=parts, outcome="accepted"))
    return "/inbox"


def template(scene: Scene, name: str) -> str:
    keep.create(scene.session, ANN, keep.MAIL, name, {"subject": "Hello"})
    return "/templates"


def anything(scene: Scene, name: str) -> str:
    scene.customer(name)
    return "/search"


SEARCHES = {
    "anything": Search("search/views.py", anything),
    "customers": Search("customers/lookups.py", customer),
    "campaigns": Search("campaigns/views.py", campaign, field="text"),
    "codes": Search("campaigns/pool.py", code, field="text"),
    "holders of codes": Search("campaigns/pool.py", holder, field="text"),
    "distributions": Search("distributions/listing.py", distribution),
    "segments": Search("segments/views.py", segment),
    "members of a segment": Search("segments/views.py", member),
    "people for a list": Search("segments/lists.py", picked, posted=True),
    "audit": Search("audit/views.py", audited),
    "deliveries": Search("reports/deliveries.py", delivery),
    "whom to explain": Search("reports/why.py", explained),
    "inbox": Search("inbox/views.py", letter),
    "templates of mails": Search("mail_templates/views.py", template),
}


def ask(browser: Browser, search: Search, path: str, words: str) -> str:
    answer = browser.htmx(path, data={search.field: words}) if search.posted else browser.get(path, query_string={search.field: words})
    assert answer.status_code == 200
    return re.sub(r"<input[^>]*>|value=\"[^\"]*\"", "", answer.get_data(as_text=True))  # the field repeats what was asked


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", SEARCHES)
def test_a_name_is_found_however_it_is_typed(session: Session, ada: Browser, key: str, name: str) -> None:
    search = SEARCHES[key]
    path = search.made(Scene(session), name)
    mark = outside(Prefix.VOUCHER, CODE) if "codes" in key else name

    missed = [words for words in typed_ways(name) if mark not in ask(ada, search, path, words)]

    assert missed == []
    assert mark not in ask(ada, search, path, "somebody else")


TO_THE_LETTER = {"orders/views.py": "the number of an order, as the shop writes it"}
"""Searches that find no names."""


def test_no_search_is_left_out() -> None:
    """Whoever adds a search adds its row above."""
    root = Path(webapp.__file__).parent
    reading = re.compile(r'args\.get\("(q|text)"|(form|given)\.get\("q"')
    searching = {str(file.relative_to(root)) for file in root.rglob("*.py") if reading.search(file.read_text())}

    assert searching - set(TO_THE_LETTER) <= {search.module for search in SEARCHES.values()}
