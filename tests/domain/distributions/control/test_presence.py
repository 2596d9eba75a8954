"""What is filled in is not believed for being filled in: addresses nobody reaches, mail that is not signed, lists nobody can leave."""

import uuid

import pytest
from dkim import DnsTimeoutError, dnsplug
from sqlalchemy.orm import Session

from domain.connections import edit as connection
from domain.distributions.draft.spec import Spec
from domain.distributions.preflight import presence
from domain.tables.workspace import current_project
from tests.domain.distributions.control.test_summary import checks, worrying
from tests.scenes import ANN, MAIL, Scene


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "no public address"),
        ("http://127.0.0.1:8000", "is this machine: 127.0.0.1"),
        ("http://[::1]:8000", "is this machine: ::1"),
        ("http://localhost:8000", "leads nowhere outside: localhost"),
        ("https://largesse.local", "leads nowhere outside: largesse.local"),
        ("https://192.168.0.7", "is of your own network: 192.168.0.7"),
        ("https://largesse.maple-rye.example", ""),
        ("https://93.184.215.14", ""),
    ],
)
def test_an_address_that_customers_do_not_reach_is_named(url: str, why: str) -> None:
    said = presence.unreachable(url)
    assert why in said
    assert bool(said) == bool(why)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The DNS knows nothing."""
    monkeypatch.setattr(dnsplug, "get_txt", lambda name, timeout=5: None)


def mailed(scene: Scene, session: Session) -> Spec:
    """Codes by a mail that leaves."""
    made, _ = connection.create(session, ANN, "sendgrid", "SendGrid", {"api_key": f"SG.{'x' * 22}.{'y' * 43}", "region": "global"})
    return scene.codes_to_segment(channels=(scene.channel(mode="mail", connection=made),))


def test_what_leaves_for_nobody_needs_no_address(scene: Scene, session: Session) -> None:
    current_project(session).public_url = "http://127.0.0.1:8000"

    assert worrying(scene, scene.codes_to_segment()) == []


@pytest.mark.usefixtures("silent")
def test_a_loopback_address_is_a_finding_and_a_mail_nobody_can_unsubscribe_from_too(scene: Scene, session: Session) -> None:
    current_project(session).public_url = "http://127.0.0.1:8000"

    found = worrying(scene, mailed(scene, session))

    assert [title for title in found if "DKIM" not in title] == [
        "The public address is this machine: 127.0.0.1",
        "Nobody can unsubscribe from this mail",
    ]


@pytest.mark.usefixtures("silent")
def test_one_click_needs_https(scene: Scene, session: Session) -> None:
    current_project(session).public_url = "http://maple-rye.example"

    found = worrying(scene, mailed(scene, session))

    assert [title for title in found if "DKIM" not in title] == ["Unsubscribing takes more than one click"]


@pytest.mark.parametrize(
    ("records", "level", "title"),
    [
        ({"s1._domainkey": b"v=DKIM1; p=MIGf"}, "good", "is signed (DKIM)"),
        ({"": b"v=spf1 -all"}, "warn", "is not signed (DKIM)"),
        ({}, "unknown", "is not known"),
        (None, "unknown", "is not known"),
    ],
    ids=["found", "missing", "no record at all", "no answer"],
)
def test_the_key_of_the_sender_is_looked_up(
    scene: Scene, session: Session, monkeypatch: pytest.MonkeyPatch, records: dict[str, bytes] | None, level: str, title: str
) -> None:
    domain = f"{uuid.uuid4().hex[:8]}.example"

    def resolve(name: bytes, timeout: int = 5) -> bytes | None:
        if records is None:
            raise DnsTimeoutError("no answer")
        return records.get(name.decode().removesuffix(domain).rstrip("."))

    monkeypatch.setattr(dnsplug, "get_txt", resolve)
    made, _ = connection.create(session, ANN, "sendgrid", "SendGrid", {"api_key": f"SG.{'x' * 22}.{'y' * 43}", "region": "global"})
    channel = scene.channel({**MAIL, "from_email": f"hello@{domain}"}, mode="mail", connection=made)

    found = [check for check in checks(scene, scene.codes_to_segment(channels=(channel,))) if "DKIM" in check.title]

    assert [(check.level, check.title) for check in found] == [(level, found[0].title)]
    assert title in found[0].title
