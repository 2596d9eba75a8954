"""The third step: how does it reach them, and in which words?"""

import re
import uuid
from dataclasses import replace
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels, editors, field_map
from domain.kernel.base import Prefix, inside, outside
from domain.tables.connections import Connection
from domain.tables.customers import Permission
from domain.tables.workspace import current_project as project_of
from domain.tables.workspace import senders_of_project
from domain.triggers import catalogue as choices
from integrations import catalogue
from integrations.contract import Mode
from webapp.distributions.wizard.channel_view import channel_view, test_addresses
from webapp.distributions.wizard.state import Form, WizardView, stand_in
from webapp.distributions.wizard.tiles import ICONS, Option

USUAL = frozenset(
    {
        "customer.first_name", "voucher.code", "voucher.discount", "voucher.expires", "promotion.name", "promotion.discount",
        "links.shop", "links.unsubscribe", "brand.name",
    }
)  # fmt: skip
"""Variables whose chips stand in front."""


def read(session: Session, spec: Spec, form: Form) -> Spec:
    """The spec with what this step's form says."""
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


def values(session: Session, seen: WizardView) -> dict[str, Any]:
    """What the template of this step needs."""
    spec = seen.spec
    customer = stand_in(session, spec)
    allowed = check_channels.known(session, spec)
    return {
        "customer": customer,
        "allowed": allowed,
        "usual": [v for v in allowed if v.path in USUAL],
        "ways": [channel_view(session, spec, channel, customer, allowed, seen.row.id) for channel in spec.channels],
        "tiles": channel_tiles(session, spec),
        "usual_body": check_channels.usual_body(spec),
        "permissions": session.scalars(select(Permission).order_by(Permission.name_key)).all(),
        "test_addresses": test_addresses(session),
        "view": request.args.get("view", "desktop"),
        "senders": senders_of_project(session),
        "preview_ids": ",".join(f"#preview-{c.key}" for c in spec.channels),
    }


def channel_tiles(session: Session, spec: Spec) -> list[Option]:
    """A tile for each way that is connected; below them the providers that are not, with what to do."""
    rows = session.scalars(select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.name_key)).all()
    open_ones = [option for row in rows for option in _ways(spec, row)]
    there = {row.provider for row in rows}
    return open_ones + [
        Option(p.key, p.name, p.about, "lock", off="Not connected yet.", href=f"/connections/new/{p.key}", remedy="Connect it")
        for p in catalogue.providers()
        if p.key not in there
    ]


def _ways(spec: Spec, row: Connection) -> list[Option]:
    try:
        provider = catalogue.provider(row.provider)
    except KeyError:
        return []
    several = len(provider.modes) > 1
    return [
        Option(
            f"{outside(Prefix.CONNECTION, row.id)}:{mode.key}",
            f"{row.name}, {mode.label}" if several else row.name,
            f"Paused: {row.paused_reason}" if row.paused_at else provider.about,
            ICONS.get(mode.channel, provider.icon),
            off=_closed(spec, row, mode),
        )
        for mode in provider.modes
    ]


def _closed(spec: Spec, row: Connection, mode: Mode) -> str:
    if closed := choices.channel_closed(spec.trigger, spec.action, mode):
        return closed
    if any(c.connection_id == row.id and c.mode == mode.key for c in spec.channels):
        return "It is among the channels already."
    return ""
