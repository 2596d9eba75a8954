"""What is a trigger, and what is an action? Read this first: everything their modules say of themselves is in this file.

A trigger is one module in `domain/triggers/<category>` with plain functions and one frozen record, `TRIGGER`; an action is one in
`domain/triggers/actions` with `ACTION`. Wizard, validator, sentence, preview, variables, run time and documents read the record, and
nobody else compares its key. No trigger imports another one; what several need stands in `checks` and `anniversaries`.
"""

from __future__ import annotations

import datetime
import enum
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Session

from domain.journal.events import EventKinds, NewEvent
from integrations.contract import Takes


class Category(enum.Enum):
    """What triggers are about, in the order in which they are listed. The room of a category bears its name in small letters."""

    BY_HAND = "Manual messages"
    SEGMENTS = "Segments"
    ORDERS = "Orders"
    CODES = "Publishing codes"
    EVENTS = "Custom events"
    DATES = "Dates"


class Addresses(enum.Enum):
    """Who gets the message."""

    CHOSEN = "the customer or the segment that was chosen"
    ACTOR = "the customer to whom it happened"
    HOLDER = "the customer whose code or card it was: `holder_id` among the facts of the event; the actor where there is none"


class Choices(Protocol):
    """What a trigger or an action may read of a draft or of a plan: both have these."""

    @property
    def audience(self) -> str:
        """`customer`, `segment` or `new`."""

    @property
    def customer_id(self) -> uuid.UUID | None:
        """The customer it is for."""

    @property
    def segment_id(self) -> uuid.UUID | None:
        """The segment it is for, or whose changes start it."""

    @property
    def trigger_campaign_id(self) -> uuid.UUID | None:
        """The campaign whose codes start it."""

    @property
    def event_schema_id(self) -> uuid.UUID | None:
        """The custom event that starts it."""

    @property
    def campaign_id(self) -> uuid.UUID | None:
        """The campaign whose codes are given."""

    @property
    def tier_id(self) -> uuid.UUID | None:
        """The promotion people are told about."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The trigger's own `fields` by key, read: a number as a number. What cannot be read yet is as the field proposes it."""


class Subject(NamedTuple):
    """Something that a trigger is about: `segment`, `customer`, `campaign`, `custom event`, and its id."""

    noun: str
    id: uuid.UUID


class Occurrence(NamedTuple):
    """An event as it was recorded."""

    id: uuid.UUID
    customer_id: uuid.UUID
    kind: str
    at: datetime.datetime
    subject_id: uuid.UUID | None
    facts: Mapping[str, Any]
    depth: int


Called = Callable[[str, uuid.UUID | None], str]
"""A noun and an id -> what people call it: its name, `a deleted segment`, `a segment not chosen yet`."""


@dataclass(frozen=True)
class Phrase:
    """Some words of a sentence; with a `step` they are bold and lead to it."""

    text: str
    step: str = ""


class Opening(NamedTuple):
    """The beginning of the sentence, up to what people get: `whenever somebody enters VIP`, ` and agreed to `, `, they get `."""

    phrases: tuple[Phrase, ...]
    if_agreed: str
    """What stands before the permissions. With a comma in front it is an aside and ends with one."""
    gets: str


@dataclass(frozen=True)
class EventVariable:
    """A variable read from the facts of the event: `order.amount` is `amount` of the fact `order`. `label` stands on its chip."""

    path: str
    label: str
    fallback: str = ""
    """What is proposed where it may be missing."""
    example: Any = ""
    """What previews put there, where the sample of the trigger has nothing."""


@dataclass(frozen=True)
class TriggerField:
    """A setting that only this trigger has, such as the days before a birthday. Wizard, validator, plan and differences read it here.

    It is text, unless it has `number` or `choices`.
    """

    key: str
    label: str
    default: str
    """What is proposed, as somebody would type it; it must be right."""
    about: str = ""
    """The hint under the field."""
    unit: str = ""
    """What stands behind a number where changes are told: `days`."""
    number: tuple[int, int] | None = None
    """A whole number, from the least to the most."""
    choices: tuple[tuple[str, str], ...] = ()
    """One of these: value and label."""


def _nothing(chosen: Choices) -> Subject | None:
    return None


def _no_mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    return iter(())


def _nothing_more(session: Session, chosen: Choices) -> Iterable[EventVariable]:
    return ()


def _by_event(event: Occurrence) -> str:
    return str(event.id)


FOUND_FOR = "settings"
"""The fact in which an event that `due` found keeps the settings it was found for."""


def found_for(event: Occurrence, settings: Mapping[str, Any]) -> bool:
    """Whether an event was found for these settings; one that nobody looked for is for all."""
    asked = event.facts.get(FOUND_FOR) or {}
    return all(settings.get(key) == value for key, value in asked.items())


@dataclass(frozen=True)
class Trigger:
    """What starts a distribution, and whom it addresses."""

    key: str
    """As stored in drafts, plans and the API; the name of the module."""
    label: str
    about: str
    """The line under the label."""
    category: Category
    icon: str
    actions: tuple[str, ...]
    """The actions that can follow, the usual one first."""
    opening: Callable[[Choices, Called, str], Opening]
    """The beginning of the sentence; the text is the audience as a number, `1,204 people`, or empty."""
    brief: Callable[[Choices, Called], tuple[str, str]]
    """For lists: what stands before the bold name, and the name: `Enters `, `VIP`."""
    wakes: EventKinds | None = None
    """The kind of event it waits for: recorded by whoever makes it happen or, for dates, found by `due`. None: a person starts it, once."""
    due: Callable[[Session, datetime.datetime, datetime.datetime, Mapping[str, Any]], Iterable[NewEvent]] | None = None
    """For dates: the events of kind `wakes` whose moment, with these settings, lies after the first time and not after the second, with
    that moment as `at`. The clock asks every minute for the settings of live distributions, and never twice for the same moment."""
    hears: Callable[[Occurrence, Mapping[str, Any]], bool] = found_for
    """Whether an event about its subject is one for a distribution with these settings: an amount above the threshold. What `due` finds is
    heard by those for whose settings it was found."""
    addresses: Addresses = Addresses.ACTOR
    asks: tuple[str, ...] = ("once_ever", "catch_up")
    """The fields of its form, in order: `audience`, `segment_id`, `trigger_campaign_id`, `event_schema_id`, `current_members`,
    `once_ever`, `catch_up`. What is not asked for never reaches a plan."""
    fields: tuple[TriggerField, ...] = ()
    """Its own settings, in the order of its form. They belong into `opening`: the sentence says everything."""
    subject: Callable[[Choices], Subject | None] = _nothing
    """What its event must be about; None: any event of its kind."""
    audience: Callable[[Choices], Subject | None] = _nothing
    """Who can be counted beforehand: a segment or one customer; of a live one, those who are inside today."""
    once_key: Callable[[Occurrence], str] = _by_event
    """What may happen only once to a customer: the event, an order and its status, a field and a year. Never the distribution's version."""
    once_with_codes: bool = False
    """Whether “once per customer, ever” is on by itself where codes are given: for what can happen to and fro."""
    mistakes: Callable[[Session, Choices], Iterator[tuple[str, str]]] = _no_mistakes
    """What is wrong with its choices, or gone: the field and a sentence that names the remedy."""
    facts: frozenset[str] = frozenset()
    """What its event brings to a message of the things that messages know: `segment`, `voucher`."""
    variables: tuple[EventVariable, ...] = ()
    """Further variables of messages."""
    more_variables: Callable[[Session, Choices], Iterable[EventVariable]] = _nothing_more
    """Those that depend on what is chosen: the fields of a custom event. They are of a noun that `variables` names, too."""
    sample: Mapping[str, Any] = field(default_factory=dict)
    """Facts for previews and tests, where nothing has happened yet."""
    no_other: str = ""
    """Why no other action can follow than those of `actions`."""
    hint: str = "Whoever it happens to from then on."
    """Whom it reaches, for whoever chooses it: under the segment, or where no number of people can stand."""
    rail: str = ""
    """What stands before `brief` on the rail of the wizard."""
    lately: Callable[[Session, Choices, datetime.datetime], int] | None = None
    """How often it happened since that time, where that is not the count of its events. The wizard says it for thirty days."""

    @property
    def particular(self) -> bool:
        """Whether something must be chosen that its event is about."""
        return self.subject is not _nothing

    @property
    def live(self) -> bool:
        """Whether it stays live and reacts again and again, rather than being sent once."""
        return self.wakes is not None


@dataclass(frozen=True)
class SettledElsewhere:
    """Listed among the triggers and chosen elsewhere: the entry leads there, and no distribution is made of it."""

    key: str
    label: str
    about: str
    category: Category
    icon: str
    leads_to: str
    """The area of the pages where it is set: `campaigns`, `segments`, …"""


def _everything(session: Session) -> str:
    return ""


@dataclass(frozen=True)
class Action:
    """What people get."""

    key: str
    """As stored in drafts, plans and the API; the name of the module."""
    label: str
    about: str
    """The line under the label."""
    icon: str
    place: int
    """Where it stands among the actions."""
    phrase: Callable[[Choices, Called], str]
    """In the sentence: `one code of Autumn 15 %`."""
    rail: Callable[[Choices, Called], str]
    """On the rail of the wizard: `Code of Autumn 15 %`."""
    payload_type: str
    """`type` of the body that webhooks post where nobody designs one."""
    starters: Mapping[str, Mapping[str, str]]
    """Kind of message (`email`, `sms`) -> the parts a new channel begins with."""
    takes: frozenset[Takes] = frozenset(Takes)
    """The kinds of channel that can carry it."""
    gives: frozenset[str] = frozenset()
    """What a channel is given, as `Mode.needs` names it: `code`, `new_code` (one that nobody had before), `promotion`."""
    asks: tuple[str, ...] = ()
    """The fields of its form, in order: `campaign_id`, `skip_holders`, `tier_id`."""
    code: str = ""
    """Where its code comes from: `pool` of the campaign, `event` that started it; empty: there is none."""
    facts: frozenset[str] = frozenset()
    """What it brings to a message: `voucher`, `promotion`."""
    mistakes: Callable[[Session, Choices], Iterator[tuple[str, str]]] = _no_mistakes
    """What is wrong with its choices, or gone: the field and a sentence that names the remedy."""
    brief: Callable[[Choices, Called], str] | None = None
    """In lists, where that is shorter than `phrase`."""
    closed: str = ""
    """Why it cannot follow a trigger that does not name it."""
    nothing_there: Callable[[Session], str] = _everything
    """Why nobody could choose it now: there is no campaign yet."""
    remedy: tuple[str, str] = ("", "")
    """The area of the pages where that is put right, and the words of the link."""
