"""One step of the wizard as it is drawn: the spec with its names, the audience, what is wrong, and as whom it is previewed."""

from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from domain.distributions.audience import left_out
from domain.distributions.audience import size as audience
from domain.distributions.audience.left_out import LeftOut
from domain.distributions.audience.size import AudienceSize
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import make_plan as plan
from domain.distributions.plan import names
from domain.distributions.plan.names import DisplayNames
from domain.kernel.base import Prefix, inside
from domain.tables.customers import Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign

Form = MultiDict[str, str]


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


def wizard_view(session: Session, row: Distribution, step: str, **more: Any) -> WizardView:
    """This step of this distribution as it is stored now."""
    spec = draft.working(row)
    made = plan.plan(session, spec)
    mistakes = made if isinstance(made, list) else []
    return WizardView(row, step, spec, mistakes, names.of(session, [spec]), audience.audience_size(session, spec), **more)


def stand_in(session: Session, spec: Spec) -> Customer | None:
    """The customer to preview as: named in the address, stepped to from there, or the first of the audience."""
    here = inside(Prefix.CUSTOMER, request.values.get("as", ""))
    way = request.args.get("go", "")
    return audience.next_sample(session, spec, way, here) if way else audience.sample_customer(session, spec, here)


def left_out_now(session: Session, seen: WizardView) -> LeftOut | None:
    """Who is left out of an audience that is known now; of a live one it is asked when it happens."""
    return left_out.count(session, seen.spec) if seen.crowd and not seen.spec.live else None


def limited(session: Session, spec: Spec) -> tuple[Campaign, Segment] | None:
    """The campaign whose codes are only for a segment, where the spec is about another one."""
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    if campaign is None or campaign.segment_id is None or campaign.segment_id == spec.to_segment:
        return None
    segment = session.get(Segment, campaign.segment_id)
    return (campaign, segment) if segment else None


def use_segment(spec: Spec, form: Form) -> Spec:
    """The segment a campaign is limited to: its changes start it, or its members get it."""
    verb, _, what = form.get("do", "").partition(":")
    segment = inside(Prefix.SEGMENT, what) if verb == "segment" else None
    if segment is None:
        return spec
    return replace(spec, segment_id=segment, audience="" if spec.live else "segment", trigger=spec.trigger or "segment_entered")
