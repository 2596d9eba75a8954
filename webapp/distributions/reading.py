"""What did a person send from a step of the wizard? Only what stood on the form changes; the rest of the spec stays as it is."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from domain.customers.facts.catalogue import known
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels, editors, field_map
from domain.kernel.base import Prefix, inside
from domain.tables.connections import Connection
from domain.tables.customers import Permission
from domain.tables.workspace import current_project as project_of
from domain.tables.workspace import senders_of_project
from domain.triggers import catalogue as choices
from integrations import catalogue
from webapp.segments.builder import Builder

Form = MultiDict[str, str]


def read(session: Session, step: str, spec: Spec, form: Form) -> Spec:
    """The spec with what this step's form says."""
    return READERS[step](session, spec, form)


def _trigger(session: Session, spec: Spec, form: Form) -> Spec:
    spec = replace(spec, trigger=_started(spec, form))
    verb, _, what = form.get("do", "").partition(":")
    if spec.trigger == "manual":
        audience = what if verb == "audience" and what in {"customer", "segment", "new"} else form.get("audience", spec.audience)
        spec = replace(spec, audience=audience)
    if "customer" in form:
        spec = replace(spec, customer_id=inside(Prefix.CUSTOMER, form["customer"]))
    if "segment" in form:
        spec = replace(spec, segment_id=inside(Prefix.SEGMENT, form["segment"]))
    if "trigger_campaign" in form:
        spec = replace(spec, trigger_campaign_id=inside(Prefix.CAMPAIGN, form["trigger_campaign"]))
    if "rules-join" in form or "rules--join" in form:
        built = Builder.sent(known(session), form, form_id="wizard")
        spec = replace(spec, new_segment={"name": form.get("new_name", "").strip(), "condition": built.condition()})
    return _use_segment(_switches(spec, form), form)


def _switches(spec: Spec, form: Form) -> Spec:
    """Only switches that stood on the form; an untouched “once per customer” stays with its default."""
    asked = set(form.getlist("asked"))
    if "current_members" in asked:
        spec = replace(spec, current_members="current_members" in form)
    if "catch_up" in asked:
        spec = replace(spec, catch_up="catch_up" in form)
    if "once_ever" in asked and (spec.once_ever is not None or spec.once != ("once_ever" in form)):
        spec = replace(spec, once_ever="once_ever" in form)
    return spec


def _use_segment(spec: Spec, form: Form) -> Spec:
    """The segment a campaign is limited to: its changes start it, or its members get it."""
    verb, _, what = form.get("do", "").partition(":")
    segment = inside(Prefix.SEGMENT, what) if verb == "segment" else None
    if segment is None:
        return spec
    return replace(spec, segment_id=segment, audience="" if spec.live else "segment", trigger=spec.trigger or "segment_entered")


def _started(spec: Spec, form: Form) -> str:
    match form.get("pace"):
        case "once":
            return "manual"
        case "live":
            chosen = form.get("trigger", spec.trigger)
            return chosen if choices.is_live(chosen) else "segment_entered"
    return spec.trigger


def _action(session: Session, spec: Spec, form: Form) -> Spec:
    if form.get("action") in choices.ACTIONS:
        spec = replace(spec, action=form["action"])
    if "campaign" in form:
        spec = replace(spec, campaign_id=inside(Prefix.CAMPAIGN, form["campaign"]))
    if "tier" in form:
        spec = replace(spec, tier_id=inside(Prefix.TIER, form["tier"]))
    if "skip_holders" in form.getlist("asked"):
        spec = replace(spec, skip_holders="skip_holders" in form)
    return _use_segment(spec, form)


def _channels(session: Session, spec: Spec, form: Form) -> Spec:
    spec = replace(spec, channels=tuple(_begun(spec, _channel(channel, form)) for channel in spec.channels))
    if "check_permission" in form.getlist("asked"):
        reason = form.get("no_permission_reason", spec.no_permission_reason)
        spec = replace(spec, check_permission="check_permission" in form, no_permission_reason=reason)
    verb, _, what = form.get("do", "").partition(":")
    if verb == "add":
        return _added(session, spec, what)
    if verb == "map" and (channel := spec.channel(what)) is not None:
        return _mapped(session, spec, channel, form.get(f"{what}-more", ""))
    return spec.without_channel(what) if verb == "remove" else spec


def _channel(channel: ChannelSpec, form: Form) -> ChannelSpec:
    head = f"{channel.key}-"
    sent = {name.removeprefix(head): text.replace("\r\n", "\n") for name, text in form.items() if name.startswith(head)}
    permission = inside(Prefix.PERMISSION, sent.pop("permission")) if "permission" in sent else channel.permission_id
    rows = [(sent.pop(name), sent.pop(name.replace("-name", "-value"), "")) for name in sorted(sent, key=_number) if _ROW.fullmatch(name)]
    sent.pop("more", None)
    parts = {**channel.parts, **sent}
    return replace(channel, parts=field_map.with_rows(parts, rows) if rows else parts, permission_id=permission)


_ROW = re.compile(r"map-(\d{1,3})-name")


def _number(name: str) -> int:
    """The place of a row in the field map; everything else stands before."""
    found = _ROW.fullmatch(name)
    return int(found[1]) if found else -1


def _begun(spec: Spec, channel: ChannelSpec) -> ChannelSpec:
    """A custom body begins as the default one, so that nobody begins before an empty page."""
    if channel.parts.get("payload_kind") != "custom" or channel.parts.get("payload", "").strip():
        return channel
    return replace(channel, parts={**channel.parts, "payload": check_channels.usual_body(spec)})


def _added(session: Session, spec: Spec, what: str) -> Spec:
    """A channel by this connection and mode (`conn_…:email`), with a sender, a permission and first words to begin with."""
    outside_id, _, mode_key = what.partition(":")
    connection = session.get(Connection, inside(Prefix.CONNECTION, outside_id))
    if connection is None or connection.archived_at is not None:
        return spec
    try:
        mode = catalogue.provider(connection.provider).mode(mode_key)
    except KeyError:
        return spec
    kind = editors.kind(mode)
    parts = dict(editors.starter(kind, spec.action))
    if kind == "platform":
        parts = field_map.starter(mode, check_channels.known(session, spec))
    if kind == "email":
        parts["from_email"] = next((s.email for s in senders_of_project(session)), "")
    return spec.with_channel(ChannelSpec(spec.next_key(), connection.id, mode.key, parts, _permission(session)))


def _mapped(session: Session, spec: Spec, channel: ChannelSpec, path: str) -> Spec:
    """One more row of the field map, where it is one of the variables that are left."""
    found = check_channels.mode_of(session, channel)
    if isinstance(found, str) or path not in {v.path for v in field_map.more(channel.parts, check_channels.known(session, spec))}:
        return spec
    return spec.with_channel(replace(channel, parts=field_map.added(found[1], channel.parts, path)))


def _permission(session: Session) -> uuid.UUID | None:
    """The project's default permission, or the only one there is."""
    default = project_of(session).default_permission_id
    ids = session.scalars(select(Permission.id).limit(2)).all()
    return default if default is not None else ids[0] if len(ids) == 1 else None


def _summary(session: Session, spec: Spec, form: Form) -> Spec:
    if "chosen_at" not in form:
        return spec
    at = form["chosen_at"].strip()[:16]
    return replace(spec, chosen_at=at, chosen_zone=project_of(session).zone if at else "")


READERS: dict[str, Callable[[Session, Spec, Form], Spec]] = {
    "trigger": _trigger,
    "action": _action,
    "channels": _channels,
    "summary": _summary,
}
"""Step -> how its form is read. Their order is the order of the wizard."""

STEPS = tuple(READERS)
