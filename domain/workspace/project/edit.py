"""Change the project: judged field by field, in words that name the remedy."""

import re
import uuid
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from domain.connections import configured
from domain.customers.facts.variables import variables as about_customer
from domain.journal import audit
from domain.kernel import addresses, row_versions, zones_and_currencies
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.messages import variables
from domain.messages.liquid.escaping import OutputContext
from domain.messages.trial import limited
from domain.tables.connections import Connection
from domain.tables.customers import Permission
from domain.tables.workspace import Project
from domain.workspace.project import system_mail

LONGEST_DELAY = 24 * 60
MOST_NOTICE_ADDRESSES = 10


@dataclass(frozen=True)
class ProjectInput:
    """The project as a person wants it. Text as typed; `check` says what of it cannot be."""

    brand: str
    public_url: str
    postal_address: str
    zone: str
    currency: str
    dial_code: str
    notice_addresses: tuple[str, ...]
    system_connection_id: uuid.UUID | None
    shop_link: str
    send_delay_minutes: int
    default_permission_id: uuid.UUID | None
    second_factor_required: bool = False


def edit(session: Session, actor: Actor, project: Project, seen: int, wish: ProjectInput) -> None:
    """Store what differs. Raises Refused, Stale."""
    mistakes = check(session, wish)
    if mistakes:
        raise Refused(mistakes)
    row_versions.edit(session, project, seen, actor, "the project")
    wanted = asdict(wish) | {"public_url": wish.public_url.rstrip("/"), "notice_addresses": list(wish.notice_addresses)}
    changed = {name: value for name, value in wanted.items() if getattr(project, name) != value}
    before = {name: _plain(getattr(project, name)) for name in changed}
    for name, value in changed.items():
        setattr(project, name, value)
    if changed:
        after = {name: _plain(value) for name, value in changed.items()}
        audit.record(session, actor, "edit project", "project", project.brand, before=before, after=after)


def check(session: Session, wish: ProjectInput) -> dict[str, str]:
    """Field -> what is wrong with it; empty where all is right."""
    judged = {
        "brand": _brand(wish.brand),
        "public_url": wrong_address(wish.public_url) if wish.public_url else None,
        "zone": None if wish.zone in zones_and_currencies.zones() else "Choose a zone from the list.",
        "currency": None if wish.currency in zones_and_currencies.currencies() else "Choose a currency from the list.",
        "dial_code": None
        if not wish.dial_code or wish.dial_code in zones_and_currencies.dial_codes()
        else "Choose a country from the list.",
        "notice_addresses": _notice_addresses(wish.notice_addresses),
        "system_connection_id": _carrier(session, wish.system_connection_id),
        "shop_link": wrong_shop_link(wish.shop_link) if wish.shop_link else None,
        "send_delay_minutes": None if 0 <= wish.send_delay_minutes <= LONGEST_DELAY else f"Between 0 and {LONGEST_DELAY:,} minutes.",
        "default_permission_id": _permission(session, wish.default_permission_id),
    }
    return {name: text for name, text in judged.items() if text is not None}


def wrong_address(url: str) -> str | None:
    """Why this cannot be where customers reach us, or None."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "This is no web address. Write it like https://offers.example.com"
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine or re.search(r"\s", url):
        return "Write it with https:// or http:// and the host, like https://offers.example.com"
    if parts.username or parts.password:
        return "Leave out the name and password: customers would see them in every link."
    if parts.query or parts.fragment:
        return "Leave out everything from ? or # on: paths are added to the end."
    return None


def wrong_shop_link(pattern: str) -> str | None:
    """Why this Liquid pattern cannot be the link to the shop, or None."""
    if not re.match(r"https?://[^\s{}/]+", pattern):
        return "Begin with https:// and the shop’s host, like https://shop.example/?code={{ voucher.code }}"
    found = limited.mistakes(pattern, OutputContext.URL_PART, variables.known(["voucher"], about_customer()))
    if found:
        return " ".join(found)
    if re.search(r"\s", re.sub(r"\{[{%].*?[%}]\}", "", pattern)):
        return "A link has no spaces outside {{ }}."
    return None


def _brand(brand: str) -> str | None:
    if len(brand) > 80:
        return "Take at most 80 characters: it stands in subjects and in the corner of pages."
    return "Leave out line breaks." if "\n" in brand or "\r" in brand else None


def _notice_addresses(given: tuple[str, ...]) -> str | None:
    if len(given) > MOST_NOTICE_ADDRESSES:
        return f"Take at most {MOST_NOTICE_ADDRESSES} addresses, or one of a group."
    try:
        for address in given:
            addresses.email(address)
    except ValueError as wrong:
        return str(wrong)
    return None


def _carrier(session: Session, id: uuid.UUID | None) -> str | None:
    if id is None:
        return None
    connection = session.get(Connection, id)
    if connection is None or connection.archived_at is not None:
        return "This connection is gone. Choose another one, or none."
    try:
        able = system_mail.able(configured.provider_of(connection))
    except configured.Unusable as why:
        return str(why)
    return None if able else f"“{connection.name}” cannot carry account mail. Choose one that sends email in our own words."


def _permission(session: Session, id: uuid.UUID | None) -> str | None:
    return None if id is None or session.get(Permission, id) is not None else "This permission is gone. Choose another one."


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value
