"""What does a letter say? Its parts, put together again from the frozen plan and the stored slots; for some, without its code."""

import functools
import json
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.consents.links import unsubscribe_url
from domain.distributions.plan.plan import Plan
from domain.distributions.preview import masked
from domain.distributions.preview.values import dead_link
from domain.insight.inbox.find import InboxRow
from domain.kernel.base import Prefix, outside
from domain.messages import sms
from domain.messages.liquid.places import TemplateError
from domain.messages.message import CompiledMessage as Compiled
from domain.messages.message import compile_message
from domain.tables import workspace
from domain.tables.distributions import Version
from domain.tables.sending import Delivery
from integrations import outside_json
from integrations.contract import Batch, Message
from integrations.mail import mime

PREVIEW = 120


@dataclass(frozen=True)
class InboxMessage:
    """A letter to be read. `gone` says why there is nothing to read, and is empty otherwise."""

    found: InboxRow
    parts: dict[str, str]
    gone: str = ""

    @property
    def title(self) -> str:
        """What a list shows first."""
        if self.gone:
            return self.gone
        match self.found.kind:
            case "email":
                return self.parts.get("subject", "") or "(no subject)"
            case "webhook":
                return _type_of(self.parts.get("payload", ""))
            case _:
                return _short(self.parts.get("text", ""))

    @property
    def preview(self) -> str:
        """What a list shows below."""
        match self.found.kind:
            case "email":
                return _short(self.parts.get("text", ""))
            case "webhook":
                return _short(self.parts.get("payload", ""))
            case _:
                return self.found.address

    @property
    def sms(self) -> sms.Length:
        """How a carrier would count it."""
        return sms.length(self.parts.get("text", ""))

    @property
    def payload(self) -> str:
        """The body of a webhook, laid out to be read."""
        try:
            return json.dumps(outside_json.read(self.parts.get("payload", "")), indent=2, ensure_ascii=False)
        except ValueError:
            return self.parts.get("payload", "")


def letter(session: Session, found: InboxRow, *, codes: bool) -> InboxMessage:
    """The letter in words; without `codes`, rendered again with nothing to hide in it."""
    if found.source == "test":
        return InboxMessage(found, dict(found.parts or {}))
    if found.slots is None:
        return InboxMessage(found, {}, "Erased with the customer")
    stored = session.get(Version, (found.distribution_id, found.version))
    compiled = (
        _compiled(session, found.distribution_id, found.version, found.channel, found.kind) if stored and found.distribution_id else None
    )
    if stored is None or compiled is None:
        return InboxMessage(found, {}, "Its version is gone")
    return _as_sent(found, compiled) if codes else _masked(session, found, stored, compiled)


def _as_sent(found: InboxRow, compiled: Compiled) -> InboxMessage:
    return InboxMessage(found, compiled.assemble(found.slots or {}))


def _masked(session: Session, found: InboxRow, stored: Version, compiled: Compiled) -> InboxMessage:
    plan, delivery = Plan.shown(stored.plan), session.scalars(select(Delivery).where(Delivery.id == found.id)).one()
    try:
        parts = compiled.assemble(masked.slots(session, delivery, plan, compiled)) if plan else {}
    except TemplateError:
        parts = {}
    return InboxMessage(found, parts, "" if parts else "It cannot be shown without its code")


def source(session: Session, one: InboxMessage, *, codes: bool) -> str:
    """The mail as a carrier would get it, headers and all; without `codes`, its link to unsubscribe leads nowhere."""
    found, public_url = one.found, workspace.public_url(workspace.current_project(session))
    link = dead_link(public_url)
    if codes:
        link = unsubscribe_url(public_url, found.customer_id, None) if found.customer_id and found.source == "delivery" else ""
    message = Message(
        id=outside(Prefix.DELIVERY, found.id),
        address=found.address,
        parts=one.parts,
        unsubscribe_url=link,
        attempt_at=int(found.at.timestamp()),
    )
    try:
        return mime.Assembler(Batch((message,))).mail(message, {}).decode("ascii").replace("\r\n", "\n")
    except ValueError as wrong:
        return f"This mail could not be sent: {wrong}"


@functools.lru_cache(maxsize=64)
def _kept(distribution_id: uuid.UUID, version: int, channel: str, kind: str, parts: tuple[tuple[str, str], ...]) -> Compiled:
    return compile_message(dict(parts), kind)


def _compiled(session: Session, distribution_id: uuid.UUID, version: int, channel: str, kind: str) -> Compiled | None:
    stored = session.get(Version, (distribution_id, version))
    if stored is None:
        return None
    plan = Plan.shown(stored.plan)
    frozen = next((c for c in plan.channels if c.key == channel), None) if plan else None
    try:
        return _kept(distribution_id, version, channel, kind, tuple(sorted(frozen.parts.items()))) if frozen else None
    except TemplateError:
        return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1] + "…"


def _type_of(payload: str) -> str:
    try:
        said = outside_json.read(payload)
    except ValueError:
        return "JSON body"
    kind = said.get("type") or said.get("event") if isinstance(said, dict) else None
    return str(kind) if isinstance(kind, str) and kind else "JSON body"
