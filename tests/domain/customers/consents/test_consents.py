"""Permissions, the customers' word on them, and the addresses nobody writes to."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import change, links, permissions, suppressions, unsubscribe
from domain.customers.identify.match import somebody_with_address
from domain.kernel.addresses import address_hash
from domain.kernel.errors import Refused, Stale
from domain.tables.customers import Consent, ConsentLog, Customer, Permission
from domain.tables.journal import Audit
from domain.tables.workspace import Project
from tests.cast import ANN


def log(session: Session, customer: Customer) -> list[tuple[bool, int, str]]:
    rows = session.scalars(select(ConsentLog).where(ConsentLog.customer_id == customer.id).order_by(ConsentLog.id))
    return [(row.given, row.version, row.how) for row in rows]


def test_the_first_permission_becomes_the_default(session: Session, project: Project, offers: Permission) -> None:
    news = permissions.create(session, ANN, permissions.PermissionInput("News", channels=["email"], wording="News, please."))

    assert project.default_permission_id == offers.id
    assert [p.name for p in permissions.every(session)] == ["News", "Offers"]
    permissions.delete(session, ANN, news.id)
    with pytest.raises(Refused, match="the project as its default"):
        permissions.delete(session, ANN, offers.id)


def test_a_wish_is_refused_by_field(session: Session, offers: Permission) -> None:
    with pytest.raises(Refused) as refused:
        permissions.create(session, ANN, permissions.PermissionInput(" OFFERS ", channels=["pigeon"]))

    assert set(refused.value.mistakes) == {"name", "channels", "wording"}
    assert "already" in refused.value.mistakes["name"]


def test_a_new_wording_is_a_new_version_and_the_old_yes_stays_with_the_old_one(
    session: Session, dina: Customer, offers: Permission
) -> None:
    wish = permissions.PermissionInput("Offers", "Offers and news", ["email"], "Offers, at most weekly.")

    permissions.edit(session, ANN, offers.id, wish, offers.row_version)
    assert offers.version == 2
    assert session.get_one(Consent, (dina.id, offers.id)).version == 1

    change.give(session, ANN, [dina.id], offers, "web form")
    assert log(session, dina) == [(True, 1, "by hand"), (True, 2, "web form")]
    with pytest.raises(Stale):
        permissions.edit(session, ANN, offers.id, wish, 1)
    permissions.edit(
        session, ANN, offers.id, permissions.PermissionInput("Deals", "", ["email"], "Offers, at most weekly."), offers.row_version
    )
    assert offers.version == 2


def test_saying_the_same_twice_is_no_news(session: Session, dina: Customer, eli: Customer, offers: Permission) -> None:
    assert change.give(session, ANN, [dina.id, eli.id], offers, "by hand") == [eli.id]
    assert change.withdraw(session, ANN, [dina.id], offers, "by hand") == [dina.id]
    assert change.withdraw(session, ANN, [dina.id], offers, "by hand") == []
    assert log(session, dina) == [(True, 1, "by hand"), (False, 1, "by hand")]
    marked = session.scalars(text("SELECT facts FROM dirty_customers ORDER BY id")).all()
    assert marked.count(["consent"]) == 4  # the address said no, too
    with pytest.raises(Refused, match="proof of what they said"):
        permissions.delete(session, ANN, offers.id)


def test_a_link_is_for_one_customer_and_one_permission(project: Project, dina: Customer, offers: Permission) -> None:
    url = links.unsubscribe_url(project.public_url, dina.id, offers.id)
    word = url.removeprefix("https://go.example/u/")

    assert links.who(word) == (dina.id, offers.id)
    assert links.who(word.replace(offers.id.hex, "0" * 32)) is None
    assert links.who("nonsense") is None


def test_one_click_withdraws_at_once_and_only_that(session: Session, dina: Customer, offers: Permission) -> None:
    news = permissions.create(session, ANN, permissions.PermissionInput("News", channels=["email"], wording="News, please."))
    change.give(session, ANN, [dina.id], news, "by hand")

    assert unsubscribe.one_click(session, dina.id, offers.id) is True
    assert [(c.permission.name, c.given) for c in unsubscribe.choices(session, dina.id)] == [("News", True), ("Offers", False)]

    unsubscribe.choose(session, dina, {offers.id})
    assert [(c.permission.name, c.given) for c in unsubscribe.choices(session, dina.id)] == [("News", False), ("Offers", True)]

    unsubscribe.one_click(session, dina.id, None)
    assert not any(c.given for c in unsubscribe.choices(session, dina.id))
    assert [s.reason for s in suppressions.of_customer(session, dina)] == ["unsubscribed"]


def test_a_suppressed_address_is_known_by_its_hash_alone(session: Session, dina: Customer) -> None:
    assert suppressions.suppress(session, "email", " DINA@okafor.example", "bounced", "SendGrid") is True
    assert suppressions.suppress(session, "email", "dina@okafor.example", "complained") is False

    (listed,) = session.scalars(suppressions.listed()).all()
    assert (listed.reason, somebody_with_address(session, "email", listed.hash)) == ("bounced", dina)
    assert "dina" not in str(session.execute(text("SELECT s::text FROM suppressions s")).all())
    assert session.scalars(suppressions.listed(kind="phone")).all() == []
    assert session.scalars(suppressions.listed(hashes=[address_hash("email", "dina@okafor.example")])).all() == [listed]


def test_an_address_leaves_the_list_only_with_a_reason(session: Session, dina: Customer) -> None:
    suppressions.add_by_hand(session, ANN, "email", dina.email, "asked on the phone")
    hash = address_hash("email", dina.email)

    with pytest.raises(Refused, match="Say why"):
        suppressions.allow_again(session, ANN, "email", hash, " ")
    suppressions.allow_again(session, ANN, "email", hash, "she asked to come back")

    assert suppressions.of_customer(session, dina) == []
    row = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
    assert (row.command, row.after) == ("allow address again", {"why": "she asked to come back"})
    with pytest.raises(Refused, match="not on the list any more"):
        suppressions.allow_again(session, ANN, "email", hash, "again")
