"""What is wrong with the channels and their messages?"""

import re
import uuid
from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.connections import prerequisites
from domain.connections.fields import mistake
from domain.customers.facts.variables import variables as about_customer
from domain.customers.profiles.fields import brief
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import editors, field_map
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.messages import variables
from domain.messages.default_body import default_body
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.parts import MailFormat, format_of
from domain.messages.message import OPTION, options, place_of, values_by_name
from domain.messages.trial import limited
from domain.messages.variables import Variable
from domain.tables.connections import Connection
from domain.tables.customers import MetadataField, Permission
from domain.tables.incentives import Campaign
from domain.tables.workspace import senders_of_project
from domain.triggers import fits
from integrations import catalogue
from integrations.contract import Mode

_NONE = uuid.UUID(int=0)
_NO_PARTS: Mapping[str, str] = {}
_CONTENT_TYPE = re.compile(r"[a-zA-Z0-9!#$&^_.+-]+/[a-zA-Z0-9!#$&^_.+-]+( *; *[a-zA-Z0-9-]+=[a-zA-Z0-9._+-]+)*")
LONGEST = 512 * 1024
"""Bytes of one part; a mail beyond this is cut off by mail programs long before."""


def mistakes(session: Session, spec: Spec) -> list[Mistake]:
    """Mistakes of the step Channels."""
    found = list(_switch(spec))
    if not spec.channels:
        found.append(Mistake("channels", "channels", "Add at least one channel: it carries the message to people."))
    allowed = known(session, spec)
    for channel in spec.channels:
        found += [Mistake("channels", f"{channel.key}-{field}", text) for field, text in _found(session, spec, channel, allowed)]
    return found


def known(session: Session, spec: Spec) -> tuple[Variable, ...]:
    """The variables that messages of this spec may use: the chips of the editor, and what every check compares with."""
    keys = session.scalars(select(MetadataField.key).where(MetadataField.noun == "customer").order_by(MetadataField.key)).all()
    campaign = session.get(Campaign, spec.campaign_id or spec.trigger_campaign_id or _NONE)
    of_code = campaign_kind(campaign.kind).facts(campaign) if campaign is not None else None
    return variables.known(_facts(spec), about_customer(keys), of_code) + _own(session, spec)


def words(source: str, part: str, allowed: tuple[Variable, ...], parts: Mapping[str, str] = _NO_PARTS) -> list[str]:
    """What is wrong with one part as it is written: not Liquid, not JSON, unknown variables, far too long. `parts`: all of its message."""
    if part == "content_type":
        fits = not source.strip() or _CONTENT_TYPE.fullmatch(source.strip())
        return [] if fits else ["Write a content type, such as application/xml or text/csv; charset=utf-8."]
    if len(source.encode()) > LONGEST:
        return [f"This is longer than {LONGEST // 1024} kB. Shorten it; pictures belong on a web server, not into the text."]
    return limited.mistakes(source, place_of(part, parts), allowed) if source.strip() else []


def mode_of(session: Session, channel: ChannelSpec) -> tuple[Connection, Mode] | str:
    """The connection and the mode a channel sends by, or a sentence that says why it cannot."""
    connection = session.get(Connection, channel.connection_id)
    if connection is None or connection.archived_at is not None:
        return "This connection was removed. Remove the channel, or add it again with another connection."
    try:
        return connection, catalogue.provider(connection.provider).mode(channel.mode)
    except KeyError:
        return f"“{connection.name}” can no longer send like this. Remove the channel and add it again."


def complete(session: Session, spec: Spec) -> Iterator[tuple[ChannelSpec, dict[str, str]]]:
    """Each channel with the parts that are frozen: what was written or made from it, and whom it comes from. Raises TemplateError."""
    ways = senders_of_project(session)
    for channel in spec.channels:
        parts = {k: v for k, v in channel.parts.items() if v.strip()}
        if parts.get("payload_kind") == "default":
            parts["payload"] = usual_body(session, spec)
        parts, _ = limited.made(parts)
        sender = next((s for s in ways if s.email == parts.get("from_email")), None)
        if sender is not None:
            parts["from_name"] = sender.name
            if sender.reply_to:
                parts.setdefault("reply_to", sender.reply_to)
        yield channel, parts


def usual_body(session: Session, spec: Spec) -> str:
    """What webhooks of this spec post where nobody designs a body."""
    type = spec.chosen_action.payload_type if spec.chosen_action else ""
    return default_body(spec.trigger, type, _facts(spec), [field.key for field in brief()], [one.path for one in _own(session, spec)])


def _own(session: Session, spec: Spec) -> tuple[Variable, ...]:
    """The variables that only the event of this trigger brings."""
    start = spec.chosen_trigger
    own = (*start.variables, *start.more_variables(session, spec)) if start else ()
    return tuple(Variable(one.path, one.label, fallback=one.fallback) for one in own)


def _facts(spec: Spec) -> frozenset[str]:
    return fits.facts(spec.trigger, spec.action, segment=spec.to_segment is not None)


def _switch(spec: Spec) -> Iterator[Mistake]:
    if not spec.check_permission and not spec.no_permission_reason.strip():
        yield Mistake("channels", "no_permission_reason", "Say in a few words why people get this without having agreed.")


def _found(session: Session, spec: Spec, channel: ChannelSpec, allowed: tuple[Variable, ...]) -> Iterator[tuple[str, str]]:
    found = mode_of(session, channel)
    if isinstance(found, str):
        yield "connection_id", found
        return
    connection, mode = found
    if closed := fits.channel_closed(spec.trigger, spec.action, mode):
        yield "connection_id", closed
    if spec.check_permission:
        yield from _permission(session, channel.permission_id)
    kind = editors.kind(mode)
    yield from _empty(kind, channel)
    if kind == "email":
        yield from _sender(session, channel)
    if format_of(channel.parts) is not MailFormat.RAW:
        yield from _mail(channel, allowed)
    if kind == "platform":
        yield from _platform(session, spec, channel, connection, mode, allowed)
    for part in editors.parts(mode, channel.parts):
        yield from ((part.key, text) for text in words(channel.parts.get(part.key, ""), part.key, allowed, channel.parts))


def _mail(channel: ChannelSpec, allowed: tuple[Variable, ...]) -> Iterator[tuple[str, str]]:
    """What is to be put right in a mail that was made in the editor."""
    try:
        _, found = limited.made(channel.parts, allowed)
    except TemplateError as wrong:
        yield "mail", str(wrong)
        return
    yield from (("mail", one.text) for one in found if not one.hint)


def _platform(
    session: Session, spec: Spec, channel: ChannelSpec, connection: Connection, mode: Mode, allowed: tuple[Variable, ...]
) -> Iterator[tuple[str, str]]:
    yield from field_map.mistakes(mode, channel.parts, allowed, code=bool(spec.chosen_action and spec.chosen_action.code))
    for n, row in enumerate(field_map.rows(mode, channel.parts, allowed)):
        if row.name:
            yield from ((f"map-{n}-name", text) for text in words(row.source, "text", allowed))
    chosen = options(mode, channel.parts)
    for one in mode.options:
        if wrong := mistake(one, chosen[one.key].strip()):
            yield f"{OPTION}{one.key}", wrong
    there = prerequisites.known(session, connection, mode, list(values_by_name(channel.parts)))
    for problem in there.problems if there else ():
        yield "there", problem


def _permission(session: Session, id: uuid.UUID | None) -> Iterator[tuple[str, str]]:
    if id is None:
        yield "permission_id", "Choose the permission people must have given, or switch the check off below and say why."
    elif session.get(Permission, id) is None:
        yield "permission_id", "This permission was deleted. Choose another one."


def _empty(kind: str, channel: ChannelSpec) -> Iterator[tuple[str, str]]:
    def missing(part: str) -> bool:
        return not channel.parts.get(part, "").strip()

    if kind == "email":
        if missing("subject"):
            yield "subject", "Write a subject: mails without one look like spam."
        if format_of(channel.parts) is MailFormat.RAW and missing("html") and missing("text"):
            yield "text", "Write the message, as plain text or as HTML; the other one is made from it."
    elif kind == "sms" and missing("text"):
        yield "text", "Write the text."
    elif kind == "webhook" and channel.parts.get("payload_kind") != "default" and missing("payload"):
        raw = channel.parts.get("payload_kind") == "raw"
        yield "payload", "Write the text that is posted." if raw else "Design the JSON that is posted, or take the default body."


def _sender(session: Session, channel: ChannelSpec) -> Iterator[tuple[str, str]]:
    ways = senders_of_project(session)
    if not ways:
        yield "from_email", "There is no sender address yet. Add one under Settings, Project."
    elif not channel.parts.get("from_email"):
        yield "from_email", "Choose the address it comes from."
    elif channel.parts["from_email"] not in {s.email for s in ways}:
        yield "from_email", "This sender address was removed from the project. Choose another one."
    reply = channel.parts.get("reply_to", "").strip()
    if reply and (reply.count("@") != 1 or any(c.isspace() for c in reply) or "." not in reply.rpartition("@")[2]):
        yield "reply_to", f"“{reply}” is not an e-mail address."
