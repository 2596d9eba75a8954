"""Before it goes: what a careful colleague would look at, worst first. Nothing here forbids; what forbids is a Mistake of the plan."""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.distributions.audience.size import AudienceSize
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import check_channels, editors
from domain.distributions.plan.names import DisplayNames
from domain.distributions.preflight import presence
from domain.distributions.preflight.finding import ORDER, PreflightCheck
from domain.incentives.codes.pool import pool
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.parts import MailFormat, format_of
from domain.tables.connections import Connection
from domain.tables.customers import Customer, Segment
from domain.tables.incentives import Campaign
from domain.tables.workspace import current_project


def checks(
    session: Session, spec: Spec, mistakes: Iterable[Mistake], audience: AudienceSize | None, people: int, names: DisplayNames
) -> list[PreflightCheck]:
    """The whole list. `people` are those who are left of the audience."""
    found = [PreflightCheck("bad", m.text, about=m.step, link="Put right") for m in mistakes]
    if spec.gives is not None:
        found += _codes(session, spec, people)
        found += _limited(session, spec)
    found += _switch(spec, names)
    for channel in spec.channels:
        found += _connection(session, channel, names)
        found += _message(session, channel, names)
        found += presence.signature(session, channel, names)
    found += _links(session, spec)
    found += _twice(session, spec, audience)
    found += _project(session, spec)
    found += presence.public_address(session, spec)
    return sorted(found, key=lambda c: ORDER[c.level])


def _codes(session: Session, spec: Spec, people: int) -> Iterator[PreflightCheck]:
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    if campaign is None:
        return
    free = pool(session, campaign.id).free
    if campaign.auto_update:
        yield PreflightCheck("good", f"“{campaign.name}” makes more codes when it needs them", f"{free:,} are free now", topic="codes")
    elif spec.live:
        level = "good" if free else "bad"
        yield PreflightCheck(
            level,
            f"{free:,} codes for whoever comes",
            "Auto-update is off: when they are gone it pauses and tells you",
            "campaign",
            campaign.id,
            "Add codes",
            "codes",
        )
    elif free >= people:
        stay = f"Auto-update is off, {free - people:,} stay in the pool"
        yield PreflightCheck("good", f"{free:,} codes for {people:,} people", stay, topic="codes")
    else:
        missing = f"{people - free:,} people will wait until codes are added; nothing is lost."
        yield PreflightCheck(
            "warn", f"Only {free:,} {'code' if free == 1 else 'codes'} for {people:,} people", missing, "campaign", campaign.id, "Add codes"
        )


def _limited(session: Session, spec: Spec) -> Iterator[PreflightCheck]:
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    if campaign is None or campaign.segment_id is None or campaign.segment_id == spec.to_segment:
        return
    segment = session.get(Segment, campaign.segment_id)
    if segment is not None:
        said = "Everybody else is left out: they could not use the code."
        yield PreflightCheck(
            "warn", f"Codes of “{campaign.name}” are only for members of “{segment.name}”", said, "trigger", link="Choose that segment"
        )


def _switch(spec: Spec, names: DisplayNames) -> Iterator[PreflightCheck]:
    if not spec.check_permission and spec.no_permission_reason.strip():
        yield PreflightCheck(
            "warn", "Permission is not checked", f"Because: {spec.no_permission_reason.strip()}", "channels", link="Change"
        )
    elif spec.check_permission and spec.channels:
        asked = sorted({names.permissions[c.permission_id] for c in spec.channels if c.permission_id in names.permissions})
        if asked:
            agreed = f"Only people who agreed to {' or '.join(asked)}"
            yield PreflightCheck("good", agreed, "Checked again at the moment of sending", topic="permission")


def _connection(session: Session, channel: ChannelSpec, names: DisplayNames) -> Iterator[PreflightCheck]:
    row = session.get(Connection, channel.connection_id)
    if row is None:
        return
    if row.paused_at is not None:
        said = f"{row.paused_reason} Its messages wait until the connection works."
        yield PreflightCheck(
            "warn", f"{row.name} is paused since {row.paused_at:%d %B %H:%M} UTC", said, "connection", row.id, "Fix connection"
        )
    elif row.health == "failing":
        yield PreflightCheck("warn", f"{row.name} failed its last test", row.health_reason, "connection", row.id, "Fix connection")
    try:
        provider, settings = configured.configured(session, row.id)
    except configured.Unusable as why:
        yield PreflightCheck("bad", f"{row.name} cannot be used", str(why), "connection", row.id, "Fix connection")
        return
    warnings = getattr(provider, "warnings", None)
    for said in warnings(settings) if warnings else ():
        yield PreflightCheck("warn", f"{row.name}: look at its settings", said, "connection", row.id, "Open settings")


_EMPTY = re.compile(r"href\s*=\s*(\"\s*#?\s*\"|'\s*#?\s*'|\"https?://\s*\"|'https?://\s*')", re.IGNORECASE)
_LINK = re.compile(r"href\s*=|https?://", re.IGNORECASE)
_VARIABLE = re.compile(r"\{\{")
_OUT = re.compile(r"links\.(unsubscribe|preferences)")


def _message(session: Session, channel: ChannelSpec, names: DisplayNames) -> Iterator[PreflightCheck]:
    found = check_channels.mode_of(session, channel)
    if isinstance(found, str):
        return
    kind, words = editors.kind(found[1]), names.channel(channel.connection_id, channel.mode)
    written = " ".join(channel.parts.values())
    if kind == "email":
        yield from _mail(channel, words)
    if kind == "sms" and written and not _OUT.search(written) and "STOP" not in written:
        yield PreflightCheck(
            "warn", f"The {words} does not say how to say no", "Add the unsubscribe link, or “Reply STOP”.", "channels", link="Open message"
        )
    if empty := len(_EMPTY.findall(channel.parts.get("html", ""))):
        counted = "1 link leads" if empty == 1 else f"{empty} links lead"
        yield PreflightCheck("warn", f"{counted} nowhere", f"In the {words}: give every link an address.", "channels", link="Open message")


def _links(session: Session, spec: Spec) -> Iterator[PreflightCheck]:
    """One good line for all messages, where every link leads somewhere and every variable is known."""
    try:
        frozen = [parts for _, parts in check_channels.complete(session, spec)]
    except TemplateError:
        return  # the step Channels says what is wrong
    written = [part for parts in frozen for part in parts.values()]
    if not written or any(_EMPTY.search(part) for part in written):
        return
    known = check_channels.known(session, spec)
    if any(check_channels.words(part, name, known, parts) for parts in frozen for name, part in parts.items()):
        return
    links, used = (sum(len(found.findall(part)) for part in written) for found in (_LINK, _VARIABLE))
    said = f"{links} {'link' if links == 1 else 'links'}, {used} {'variable' if used == 1 else 'variables'}"
    yield PreflightCheck("good", "No empty links, no unknown variables", said, topic="links")


def _mail(channel: ChannelSpec, words: str) -> Iterator[PreflightCheck]:
    if format_of(channel.parts) is not MailFormat.RAW:
        yield PreflightCheck("good", f"Unsubscribe link in the {words}", "And one-click unsubscribe in its header", topic="unsubscribe")
        return
    body = channel.parts.get("html", "") or channel.parts.get("text", "")
    if not body.strip():
        return
    if _OUT.search(body) or not channel.parts.get("html", "").strip():
        yield PreflightCheck("good", f"Unsubscribe link in the {words}", topic="unsubscribe")
    else:
        said = "People look for a link, whatever their mail program offers. Add the variable “unsubscribe link”."
        yield PreflightCheck("warn", f"No unsubscribe link in the {words}", said, "channels", link="Open message")
    if sender := channel.parts.get("from_email"):
        yield PreflightCheck("good", f"From {sender}", "A sender of this project", topic="sender")


_TWINS = text("""
    SELECT count(*) - count(DISTINCT c.email_key) FROM segment_members m JOIN customers c ON c.id = m.customer_id
    WHERE m.segment_id = :segment AND c.email_key <> ''
""")
COUNTED_UP_TO = 200_000


def _twice(session: Session, spec: Spec, audience: AudienceSize | None) -> Iterator[PreflightCheck]:
    if spec.to_segment is None or spec.live or audience is None or audience.count > COUNTED_UP_TO or not spec.channels:
        return
    twins = int(session.execute(_TWINS, {"segment": spec.to_segment}).scalar_one())
    if twins:
        said = f"{twins:,} of them have an address that another one has too. In one call each address is written to once."
        yield PreflightCheck("warn", "Some share an address", said)
    else:
        yield PreflightCheck("good", "Nobody gets it twice", "No two people share an e-mail address", topic="addresses")


def _project(session: Session, spec: Spec) -> Iterator[PreflightCheck]:
    project = current_project(session)
    mails = any("subject" in c.parts for c in spec.channels)
    if mails and not project.postal_address.strip():
        said = "Commercial mail must name it in many countries; it stands in the footer."
        yield PreflightCheck("warn", "The project has no postal address", said, "project", link="Open settings")
    one = session.get(Customer, spec.to_customer) if spec.to_customer else None
    if one is not None and mails and not one.email:
        yield PreflightCheck(
            "warn", f"{one.name or 'This customer'} has no e-mail address", "The mail will be skipped.", "trigger", link="Choose another"
        )
