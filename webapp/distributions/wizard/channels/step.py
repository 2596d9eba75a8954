"""The third step: how does it reach them, and in which words?"""

import uuid
from dataclasses import replace
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import FormField, StringField

from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels, editors, field_map
from domain.distributions.plan.names import DisplayNames
from domain.kernel.base import Prefix, inside
from domain.tables.connections import Connection
from domain.tables.customers import Permission
from domain.tables.workspace import current_project, senders_of_project
from integrations import catalogue
from webapp.distributions.wizard.channels import form as channel_form
from webapp.distributions.wizard.channels.form import ChannelForm
from webapp.distributions.wizard.channels.offers import channel_tiles, unconnected
from webapp.distributions.wizard.channels.view import ChannelView, channel_view, test_addresses
from webapp.distributions.wizard.state import SentForm, Step, WizardView, stand_in
from webapp.distributions.wizard.step_form import StepForm, SwitchField

USUAL = frozenset(
    {
        "customer.first_name", "voucher.code", "voucher.discount", "voucher.expires", "promotion.name", "promotion.discount",
        "links.shop", "links.unsubscribe", "brand.name",
    }
)  # fmt: skip
"""Variables whose chips stand in front."""


class ChannelsForm(StepForm):
    """The form of each channel, and whether permissions are asked; the channels are added by `form`."""

    check_permission = SwitchField("Only to people who gave the permission of each channel")
    no_permission_reason = StringField("Why without permission?", description="Stands on the summary and is kept with the version.")

    def of(self, key: str) -> ChannelForm | None:
        """The form of a channel; None where there is none of this key."""
        found = self._fields.get(key)
        return found.form if isinstance(found, FormField) else None


def form(session: Session, spec: Spec, sent: SentForm | None, given: dict[str, Any]) -> ChannelsForm:
    """One form in it for each channel, with the fields that its way of sending has."""

    class _Asked(ChannelsForm):
        pass

    allowed = check_channels.known(session, spec)
    values: dict[str, Any] = {"check_permission": spec.check_permission, "no_permission_reason": spec.no_permission_reason}
    for channel in spec.channels:
        found = check_channels.mode_of(session, channel)
        mode = None if isinstance(found, str) else found[1]
        setattr(_Asked, channel.key, FormField(channel_form.form_class(mode)))
        values[channel.key] = channel_form.known(channel, mode, allowed)
    return _Asked(sent, data=values | given)


def read(session: Session, spec: Spec, form: ChannelsForm) -> Spec:
    """The spec with what this step's form says."""
    spec = replace(
        spec, channels=tuple(_begun(session, spec, channel_form.read(channel, form[channel.key].form)) for channel in spec.channels)
    )
    spec = replace(spec, check_permission=form.check_permission.data, no_permission_reason=form.no_permission_reason.data or "")
    match form.verb:
        case "add":
            return _added(session, spec, form.what)
        case "remove":
            return spec.without_channel(form.what)
        case "map":
            return _mapped(session, spec, form.what, form.of(form.what))
    return spec


def _begun(session: Session, spec: Spec, channel: ChannelSpec) -> ChannelSpec:
    """A custom body begins as the default one, so that nobody begins before an empty page."""
    if channel.parts.get("payload_kind") != "custom" or channel.parts.get("payload", "").strip():
        return channel
    return replace(channel, parts={**channel.parts, "payload": check_channels.usual_body(session, spec)})


def _added(session: Session, spec: Spec, what: str) -> Spec:
    """A channel by this connection and mode (`conn_…:email`), with a sender, a permission and first words to begin with."""
    outside_id, _, mode_key = what.partition(":")
    connection_id = inside(Prefix.CONNECTION, outside_id)
    connection = session.get(Connection, connection_id) if connection_id else None
    if connection is None or connection.archived_at is not None:
        return spec
    try:
        mode = catalogue.provider(connection.provider).mode(mode_key)
    except KeyError:
        return spec
    kind = editors.kind(mode)
    parts = dict(editors.starter(kind, spec.chosen_action))
    if kind == "platform":
        parts = field_map.starter(mode, check_channels.known(session, spec))
    if kind == "email":
        parts["from_email"] = next((s.email for s in senders_of_project(session)), "")
    return spec.with_channel(ChannelSpec(spec.next_key(), connection.id, mode.key, parts, _permission(session)))


def _mapped(session: Session, spec: Spec, key: str, form: ChannelForm | None) -> Spec:
    """One more row of the field map, where it is one of the variables that are left."""
    channel = spec.channel(key)
    if channel is None or form is None or "more" not in form:
        return spec
    path = form["more"].data
    found = check_channels.mode_of(session, channel)
    if isinstance(found, str) or path not in {v.path for v in field_map.more(channel.parts, check_channels.known(session, spec))}:
        return spec
    return spec.with_channel(replace(channel, parts=field_map.added(found[1], channel.parts, path)))


def _permission(session: Session) -> uuid.UUID | None:
    """The project's default permission, or the only one there is."""
    default = current_project(session).default_permission_id
    ids = session.scalars(select(Permission.id).limit(2)).all()
    return default if default is not None else ids[0] if len(ids) == 1 else None


def values(session: Session, seen: WizardView, form: ChannelsForm) -> dict[str, Any]:
    """What the template of this step needs."""
    spec = seen.spec
    customer = stand_in(session, spec)
    allowed = check_channels.known(session, spec)
    ways = [_counted(channel_view(session, spec, channel, customer, allowed, seen.row.id), seen) for channel in spec.channels]
    senders, permissions = senders_of_project(session), session.scalars(select(Permission).order_by(Permission.name_key)).all()
    for channel in spec.channels:
        form[channel.key].form.offer(senders, permissions, field_map.more(channel.parts, allowed))
    return {
        "customer": customer,
        "allowed": allowed,
        "usual": [v for v in allowed if v.path in USUAL],
        "ways": ways,
        "tab": _open_tab(spec, ways, seen, form.verb),
        "unpermitted": dict(seen.out.reasons).get("no_permission", 0) if seen.out else 0,
        "tiles": channel_tiles(session, spec),
        "unconnected": unconnected(session),
        "usual_body": check_channels.usual_body(session, spec),
        "permissions": permissions,
        "test_addresses": test_addresses(session),
        "view": request.args.get("view", "desktop"),
        "senders": senders,
        "preview_ids": ",".join(f"#preview-{c.key}" for c in spec.channels),
    }


def _counted(way: ChannelView, seen: WizardView) -> ChannelView:
    """The channel with how much is to be put right before it can go."""
    return replace(way, left=sum(m.field.startswith(f"{way.channel.key}-") for m in seen.mistakes))


def _open_tab(spec: Spec, ways: list[ChannelView], seen: WizardView, verb: str) -> str:
    """Which channel is open: the one just added, the first to put right, the one that was open, or the first."""
    keys = [way.channel.key for way in ways]
    wrong = [way.channel.key for way in ways if any(m.field.startswith(f"{way.channel.key}-") for m in seen.wrong)]
    asked = request.values.get("tab", "")
    return next((key for key in [*(keys[-1:] if verb == "add" else wrong[:1]), asked, *keys] if key in keys), "")


def chosen(spec: Spec, names: DisplayNames) -> str:
    """What the rail says under Channels."""
    ways = [names.channel(c.connection_id, c.mode) for c in spec.channels]
    return ", ".join(dict.fromkeys(w[:1].upper() + w[1:] for w in ways))


STEP = Step("channels", "Channels", form, read, values, chosen)
