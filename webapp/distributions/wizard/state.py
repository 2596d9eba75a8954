"""A step of the wizard: what each step says of itself, what was saved of it, and how it stands now, ready to be drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import request
from sqlalchemy.orm import Session, object_session
from werkzeug.datastructures import MultiDict

from domain.distributions.audience import left_out
from domain.distributions.audience import size as audience
from domain.distributions.audience.left_out import LeftOut
from domain.distributions.audience.size import AudienceSize
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import names
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.names import DisplayNames
from domain.kernel.base import Prefix, inside
from domain.tables.customers import Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign
from webapp.segments.builder import Builder

SentForm = MultiDict[str, str]


@dataclass(frozen=True)
class MadeOnTheSpot:
    """The spec after something was made on the spot, or what of it was refused, with what was typed for it."""

    spec: Spec
    mistakes: tuple[Mistake, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    builder: Builder | None = None


def nothing_made(session: Session, spec: Spec, form: Any) -> MadeOnTheSpot:
    """Most steps make nothing."""
    return MadeOnTheSpot(spec)


@dataclass(frozen=True)
class Step:
    """One of the four. `form` is made for a spec and, where one was sent, for what was sent; `read` gives the spec it means."""

    key: str
    label: str
    form: Callable[[Session, Spec, SentForm | None, dict[str, Any]], Any]
    read: Callable[[Session, Spec, Any], Spec]
    values: Callable[[Session, "WizardView", Any], dict[str, Any]]
    """What its template needs besides."""
    chosen: Callable[[Spec, DisplayNames], str]
    """What the rail says of it."""
    make: Callable[[Session, Spec, Any], MadeOnTheSpot] = nothing_made


@dataclass(frozen=True)
class Saved:
    """What a request stored of a step, and what of it could not be: to be said, and shown again as it was typed."""

    row: Distribution
    mistakes: list[Mistake]
    typed: dict[str, str]
    builder: Builder | None
    button: tuple[str, str]
    """The verb of the button that was pressed, and what it was pressed for."""


@dataclass
class WizardView:
    """One step of one distribution, ready to be drawn."""

    row: Distribution
    step: str
    spec: Spec
    mistakes: list[Mistake]
    names: DisplayNames
    audience: AudienceSize | None
    told: bool = False
    """Whether the mistakes of this step are shown: after Continue, or when somebody comes to put them right."""
    typed: dict[str, str] = field(default_factory=dict)
    """What was typed into fields that the spec does not keep: the name, a search, a new customer."""
    also: list[Mistake] = field(default_factory=list)
    """Mistakes of what was typed beyond the spec."""
    builder: Builder | None = None
    """The builder of a new segment as it was sent, where it was refused or still grows."""
    conflict: str = ""
    """Who saved in between, where somebody did."""
    arrived: bool = False
    """Whether htmx just went to another step: the heading takes the focus."""

    @cached_property
    def out(self) -> LeftOut | None:
        """How many of the audience get it, and why not the others; of a live one, of those inside today. None: not known (yet)."""
        session = object_session(self.row)
        return left_out.count(session, self.spec) if session is not None and self.audience is not None else None

    @property
    def people(self) -> int:
        """Who gets it, as far as that is counted: never more than the audience."""
        return self.out.reached if self.out is not None else self.audience.count if self.audience else 0

    @property
    def editing(self) -> bool:
        """Whether this changes something launched, on its side draft."""
        return self.row.side_spec is not None

    @property
    def wrong(self) -> list[Mistake]:
        """The mistakes shown on this step, what was typed beyond the spec first: that says more than what is missing for it."""
        mine = [m for m in self.mistakes if m.step == self.step] if self.told else []
        said = {m.field for m in self.also} | ({"audience"} if self.also else set())
        return [*self.also, *(m for m in mine if m.field not in said)]

    def said(self, name: str) -> str:
        """What is wrong with one field, in a sentence; empty where nothing is."""
        return " ".join(m.text for m in self.wrong if m.field == name)


def wizard_view(session: Session, row: Distribution, step: str, mistakes: list[Mistake] | None = None, **more: Any) -> WizardView:
    """This step of this distribution as it is stored now; planned here, unless its `mistakes` are known from a launch just tried."""
    spec = draft.working(row)
    if mistakes is None:
        made = plan(session, spec)
        mistakes = made if isinstance(made, list) else []
    return WizardView(row, step, spec, mistakes, names.of(session, [spec]), audience.audience_size(session, spec), **more)


def stand_in(session: Session, spec: Spec) -> Customer | None:
    """The customer to preview as: named in the address, stepped to from there, or the first of the audience."""
    here = inside(Prefix.CUSTOMER, request.values.get("as", ""))
    way = request.args.get("go", "")
    return audience.next_sample(session, spec, way, here) if way else audience.sample_customer(session, spec, here)


def left_out_now(seen: WizardView) -> LeftOut | None:
    """Who is left out of an audience that is known now; of a live one it is asked when it happens."""
    return seen.out if not seen.spec.live else None


def limited(session: Session, spec: Spec) -> tuple[Campaign, Segment] | None:
    """The campaign whose codes are only for a segment, where the spec is about another one."""
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    if campaign is None or campaign.segment_id is None or campaign.segment_id == spec.to_segment:
        return None
    segment = session.get(Segment, campaign.segment_id)
    return (campaign, segment) if segment else None
