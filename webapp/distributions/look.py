"""Everything the wizard's template needs for one step: the spec with names, the rail, the audience, the choices, what is wrong."""

from dataclasses import dataclass, field
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.profiles import find
from domain.distributions.audience import left_out
from domain.distributions.audience import size as audience
from domain.distributions.audience.left_out import LeftOut
from domain.distributions.audience.size import AudienceSize
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import check_channels, names
from domain.distributions.plan import make_plan as plan
from domain.distributions.plan.names import DisplayNames
from domain.kernel.base import Prefix, inside
from domain.tables.customers import Customer, Permission, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign
from domain.tables.workspace import senders_of_project
from domain.triggers import catalogue as choices
from webapp.database import db
from webapp.distributions import options, parts
from webapp.distributions.reading import STEPS

USUAL = frozenset(
    {
        "customer.first_name", "voucher.code", "voucher.discount", "voucher.expires", "promotion.name", "promotion.discount",
        "links.shop", "links.unsubscribe", "brand.name",
    }
)  # fmt: skip
"""Variables whose chips stand in front."""

LABELS = {"trigger": "Trigger", "action": "Action", "channels": "Channels", "summary": "Summary"}


@dataclass(frozen=True)
class RailStep:
    """A step of the rail. `kind`: `done`, `here`, `fix` (with its reason in `about`) or `todo`."""

    key: str
    label: str
    kind: str
    about: str
    number: int


@dataclass
class WizardView:
    """One step of one distribution, ready to be drawn."""

    row: Distribution
    step: str
    spec: Spec
    mistakes: list[Mistake]
    names: DisplayNames
    crowd: AudienceSize | None
    told: bool = False
    """Whether the mistakes of this step are shown: after Continue, or when somebody comes to put them right."""
    typed: dict[str, str] = field(default_factory=dict)
    """What was typed into fields that the spec does not keep: the name, a search, a new customer."""
    also: list[Mistake] = field(default_factory=list)
    """Mistakes of what was typed beyond the spec."""
    building: Any = None
    """The builder of a new segment as it was sent, where it was refused."""
    conflict: str = ""
    """Who saved in between, where somebody did."""
    arrived: bool = False
    """Whether htmx just went to another step: the heading takes the focus."""

    @property
    def editing(self) -> bool:
        """Whether this changes something launched, on its side draft."""
        return self.row.side_spec is not None

    @property
    def wrong(self) -> list[Mistake]:
        """The mistakes shown on this step, what was typed beyond the spec first."""
        mine = [m for m in self.mistakes if m.step == self.step] if self.told else []
        if self.also:  # why the new segment could not be made says more than that it is not there yet
            mine = [m for m in mine if m.field != "audience"]
        return [*self.also, *mine]

    def said(self, name: str) -> str:
        """What is wrong with one field, in a sentence; empty where nothing is."""
        return " ".join(m.text for m in self.wrong if m.field == name)

    @property
    def rail(self) -> list[RailStep]:
        """The four steps, with what is chosen or what is wrong."""
        return [self._stop(n, key) for n, key in enumerate(STEPS, 1)]

    def _stop(self, number: int, key: str) -> RailStep:
        wrong = [m for m in self.mistakes if m.step == key]
        touched = {"trigger": self.spec.trigger, "action": self.spec.action, "channels": self.spec.channels}.get(key)
        about = self._chosen(key)
        if key == self.step:
            return RailStep(key, LABELS[key], "here", about, number)
        if key == "summary" or not touched:
            return RailStep(key, LABELS[key], "todo", about, number)
        return RailStep(key, LABELS[key], "fix" if wrong else "done", _short(wrong[0].text) if wrong else about, number)

    def _chosen(self, key: str) -> str:
        match key:
            case "trigger":
                return parts.trigger_words(self.spec, self.names)
            case "action":
                return parts.action_words(self.spec, self.names)
            case "channels":
                ways = [self.names.channel(c.connection_id, c.mode) for c in self.spec.channels]
                return ", ".join(dict.fromkeys(w[:1].upper() + w[1:] for w in ways))
        count = len(self.mistakes)
        return "" if not self.spec.trigger else "Ready" if not count else f"{count} to put right"


def _short(text: str) -> str:
    head = text.partition(". ")[0].rstrip(".")
    return head if len(head) <= 60 else f"{head[:57]}…"


def wizard_view(session: Session, row: Distribution, step: str, **more: Any) -> WizardView:
    """This step of this distribution as it is stored now."""
    spec = draft.working(row)
    made = plan.plan(session, spec)
    mistakes = made if isinstance(made, list) else []
    return WizardView(row, step, spec, mistakes, names.of(session, [spec]), audience.audience_size(session, spec), **more)


def values(seen: WizardView) -> dict[str, Any]:
    """What the template of the step needs beyond the look itself."""
    return {"look": seen, "spec": seen.spec, "row": seen.row, "choices": choices, **_VALUES[seen.step](db.session(), seen)}


def stand_in(session: Session, spec: Spec) -> Customer | None:
    """The customer to preview as: named in the address, stepped to from there, or the first of the audience."""
    here = inside(Prefix.CUSTOMER, request.values.get("as", ""))
    way = request.args.get("go", "")
    return audience.next_sample(session, spec, way, here) if way else audience.sample_customer(session, spec, here)


def _trigger(session: Session, seen: WizardView) -> dict[str, Any]:
    spec, words = seen.spec, seen.typed.get("who", request.args.get("who", "")).strip()
    after = inside(Prefix.CUSTOMER, request.args.get("after", ""))
    customer = session.get(Customer, spec.customer_id) if spec.customer_id else None
    return {
        "segments": options.segments(session, spec.segment_id),
        "campaigns": options.campaigns(session, spec.trigger_campaign_id),
        "customer": customer,
        "who": words,
        "people": find.page(session, find.CustomerFilter(text=words), size=8)[0] if words else [],
        "sample": audience.some_customers(session, spec, after) if seen.crowd and spec.to_segment else [],
        "out": _left_out(session, seen),
        "limited": limited(session, spec),
        **(parts.building(session, seen) if spec.audience == "new" and spec.trigger == "manual" else {"builder": None}),
    }


def _left_out(session: Session, seen: WizardView) -> LeftOut | None:
    """Who is left out of an audience that is known now; of a live one it is asked when it happens."""
    return left_out.count(session, seen.spec) if seen.crowd and not seen.spec.live else None


def limited(session: Session, spec: Spec) -> tuple[Campaign, Segment] | None:
    """The campaign whose codes are only for a segment, where the spec is about another one."""
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    if campaign is None or campaign.segment_id is None or campaign.segment_id == spec.to_segment:
        return None
    segment = session.get(Segment, campaign.segment_id)
    return (campaign, segment) if segment else None


def _action(session: Session, seen: WizardView) -> dict[str, Any]:
    spec = seen.spec
    return {
        "actions": options.actions(session, spec),
        "campaigns": options.campaigns(session, spec.campaign_id) if spec.action == "codes" else [],
        "tiers": options.tiers(session, spec.tier_id) if spec.action == "promotion" else [],
        "out": _left_out(session, seen),
        "limited": limited(session, spec),
    }


def _channels(session: Session, seen: WizardView) -> dict[str, Any]:
    spec = seen.spec
    customer = stand_in(session, spec)
    allowed = check_channels.known(session, spec)
    return {
        "customer": customer,
        "allowed": allowed,
        "usual": [v for v in allowed if v.path in USUAL],
        "ways": [parts.way(session, spec, channel, customer, allowed, seen.row.id) for channel in spec.channels],
        "tiles": options.channels(session, spec),
        "usual_body": check_channels.usual_body(spec),
        "permissions": session.scalars(select(Permission).order_by(Permission.name_key)).all(),
        "test_addresses": parts.test_addresses(session),
        "view": request.args.get("view", "desktop"),
        "senders": senders_of_project(session),
        "preview_ids": ",".join(f"#preview-{c.key}" for c in spec.channels),
    }


def _summary(session: Session, seen: WizardView) -> dict[str, Any]:
    return parts.summary(session, seen.row, seen.spec, seen.mistakes, seen.crowd, seen.names, stand_in(session, seen.spec))


_VALUES = {"trigger": _trigger, "action": _action, "channels": _channels, "summary": _summary}
