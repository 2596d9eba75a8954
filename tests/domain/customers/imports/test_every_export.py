"""Exports of other systems: each is known by its headers, and taken with names, addresses, permissions and who must never be written to."""

import datetime
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.imports import start
from domain.customers.imports.exports.catalogue import known_exports, recognised
from domain.customers.imports.exports.contract import KnownExport
from domain.customers.imports.mapping import ImportSettings
from domain.journal import jobs
from domain.kernel import clock
from domain.tables.customers import Consent, Customer, Permission, Suppression
from tests.cast import ANN
from workers.queue.job_kinds import job_kind

SAMPLES = Path(__file__).parent / "samples"
pytestmark = pytest.mark.usefixtures("uploads", "project")
ANA, JO, KIM = "ana@example.com", "jo@example.com", "kim@example.com"
CONFIRMED, LEFT = "2024-03-01 09:05", "2025-01-15 08:30"
NOW = ""
"""Dated by the import."""
SAID: dict[str, tuple[dict[str, dict[str, tuple[bool, str]]], set[str]]] = {
    "shopify": ({ANA: {"email": (True, NOW), "sms": (True, NOW)}, JO: {"email": (False, NOW), "sms": (False, NOW)}}, set()),
    "mailchimp_subscribed": ({ANA: {"email": (True, CONFIRMED)}}, set()),
    "mailchimp_unsubscribed": ({ANA: {"email": (False, LEFT)}}, set()),
    "mailchimp_cleaned": ({}, {ANA}),
    "klaviyo": ({ANA: {"email": (True, CONFIRMED)}, JO: {"email": (False, LEFT)}}, {JO}),
    "hubspot": ({ANA: {"email": (False, NOW)}}, {JO, KIM}),
    "hubspot_unsubscribed": ({ANA: {"email": (False, NOW)}}, {JO}),
    "woocommerce": ({}, set()),
    "voucherify": ({}, set()),
}
"""Export -> what each address agreed to by channel, and since when; and who is never written to."""
NO_TO_A_PERMISSION = {"mailchimp_unsubscribed", "hubspot", "hubspot_unsubscribed"}
NAMELESS = {"hubspot_unsubscribed"}
WITH_PLACES = {"shopify", "klaviyo", "hubspot", "woocommerce", "voucherify"}


@pytest.fixture
def permissions(session: Session) -> dict[str, Permission]:
    """One permission for each channel, so that it is clear which one an export speaks of."""
    now = clock.now(session)
    made = {
        channel: Permission(name=f"By {channel}", name_key=f"by {channel}", channels=[channel], created_at=now, updated_at=now)
        for channel in ("email", "sms")
    }
    session.add_all(made.values())
    session.flush()
    return made


def take(session: Session, export: KnownExport) -> ImportSettings:
    file = start.upload(session, ANN, io.BytesIO((SAMPLES / f"{export.key}.csv").read_bytes()), f"{export.key}.csv")
    settings = ImportSettings.from_json(file.reading)
    job = start.start(session, ANN, file, settings)
    while jobs.advance(session, job.id, job_kind):
        session.flush()
    assert (job.error, job.report["left_out"], job.report["notes"]) == ("", 0, 0)
    session.flush()
    session.expire_all()
    return settings


def test_every_export_has_a_sample_and_what_it_says() -> None:
    assert {export.key for export in known_exports()} == SAID.keys() == {path.stem for path in SAMPLES.glob("*.csv")}


@pytest.mark.parametrize("export", known_exports(), ids=lambda export: export.key)
def test_an_export_is_known_by_its_headers_and_only_it(export: KnownExport) -> None:
    header = (SAMPLES / f"{export.key}.csv").read_text().splitlines()[0].replace('"', "").split(",")

    found = recognised(header)

    assert found is not None
    assert found.key == export.key
    assert [other.key for other in known_exports() if other.fits(header)] == [export.key]
    assert recognised([name for name in header if name != export.marks[0]]) is None


@pytest.mark.parametrize("export", known_exports(), ids=lambda export: export.key)
def test_what_an_export_says_is_taken_with_its_dates(session: Session, permissions: dict[str, Permission], export: KnownExport) -> None:
    settings = take(session, export)

    assert settings.export == export.key
    channels = {permission.id: channel for channel, permission in permissions.items()}
    agreed: dict[str, dict[str, tuple[bool, str]]] = {}
    now = clock.now(session)
    for consent, address in session.execute(select(Consent, Customer.email).join(Customer, Customer.id == Consent.customer_id)):
        utc = consent.at.astimezone(datetime.UTC)
        at = NOW if now - consent.at < datetime.timedelta(minutes=5) else f"{utc:%Y-%m-%d %H:%M}"
        agreed.setdefault(address, {})[channels[consent.permission_id]] = (consent.given, at)
    never = set(session.scalars(select(Customer.email).join(Suppression, Suppression.hash == Customer.email_hash)))
    assert (agreed, never) == SAID[export.key]


@pytest.mark.parametrize("export", known_exports(), ids=lambda export: export.key)
def test_names_and_places_are_taken_as_facts(session: Session, permissions: dict[str, Permission], export: KnownExport) -> None:
    take(session, export)

    ana = session.scalars(select(Customer).where(Customer.email == ANA)).one()
    if export.key not in NAMELESS:
        assert (ana.first_name, ana.last_name, ana.name) == ("Ana María", "de la Cruz", "Ana María de la Cruz")
    if export.key in WITH_PLACES:
        assert (ana.city, ana.postal_code) == ("Bristol", "BS1 4DJ")
    details: dict[str, Any] = {key: value for key, value in ana.details.items() if "ip" in key.split("_")}
    assert details == {}


def test_nobody_is_given_a_permission_that_nobody_named(session: Session) -> None:
    """Without a permission for the channel, or with two, a person has to choose."""
    export = next(one for one in known_exports() if one.key == "shopify")

    take(session, export)

    assert session.scalars(select(Consent)).all() == []


@pytest.mark.parametrize("export", [one for one in known_exports() if one.key in NO_TO_A_PERMISSION], ids=lambda export: export.key)
def test_a_no_to_a_permission_that_nobody_chose_is_a_no_to_every_mail(session: Session, export: KnownExport) -> None:
    take(session, export)

    never = set(session.scalars(select(Customer.email).join(Suppression, Suppression.hash == Customer.email_hash)))
    assert ANA in never
    assert set(session.scalars(select(Suppression.kind).where(Suppression.hash.in_(select(Customer.email_hash))))) == {"email"}
