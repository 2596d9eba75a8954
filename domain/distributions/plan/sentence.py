"""What does it do, in one plain sentence? Its bold parts lead back to the step where they were chosen."""

from domain.distributions.draft.spec import Spec
from domain.distributions.plan.names import DisplayNames
from domain.distributions.plan.plan import Plan
from domain.triggers import catalogue
from domain.triggers.contract import Opening, Phrase

NOTHING = Opening((Phrase("nothing starts it yet", "trigger"),), "", "; people get ")


def plain(sentence: list[Phrase]) -> str:
    """The sentence as text."""
    return "".join(part.text for part in sentence)


def phrases(plan: Plan | Spec, names: DisplayNames, people: str = "", when: str = "") -> list[Phrase]:
    """The sentence of a plan, or of as much as a spec has. `people` is the audience as a number (`1,204 people`), `when` the send time."""
    opening = [Phrase("At "), Phrase(when, "summary"), Phrase(", ")] if when else []
    act = catalogue.action(plan.action)
    what = Phrase(act.phrase(plan, names.called) if act else "something not chosen yet", "action")
    first = [*opening, *_whom(plan, names, people), what, *_how(plan, names)]
    first[0] = Phrase(first[0].text[:1].upper() + first[0].text[1:], first[0].step)
    return [*first, Phrase("."), *_limits(plan)]


def _limits(plan: Plan | Spec) -> list[Phrase]:
    once = plan.once_ever if isinstance(plan, Plan) else plan.once
    current = [Phrase(" Those inside today get it "), Phrase("too", "trigger"), Phrase(".")] if plan.current_members else []
    repeated = [Phrase(" Everybody gets it "), Phrase("once at most", "trigger"), Phrase(".")] if once else []
    holders = [Phrase(" Whoever already holds one is "), Phrase("skipped", "action"), Phrase(".")] if plan.skip_holders else []
    return [*current, *repeated, *holders]


def brief(spec: Spec, names: DisplayNames) -> tuple[str, str, str]:
    """For lists: what comes before the bold name, the name, and what comes after: `To `, `Lapsed regulars`, `: a code of Autumn 15 %`."""
    if spec.chosen_trigger is None:
        return "Cannot be read" if spec.unreadable else "No trigger yet", "", ""
    gives = (spec.chosen_action.brief or spec.chosen_action.phrase)(spec, names.called) if spec.chosen_action else ""
    return *spec.chosen_trigger.brief(spec, names.called), f": {gives}" if gives else ""


def _whom(plan: Plan | Spec, names: DisplayNames, people: str) -> list[Phrase]:
    start = catalogue.trigger(plan.trigger)
    opening = start.opening(plan, names.called, people) if start else NOTHING
    aside = _aside(_agreed(plan, names), opening.if_agreed) if start else []
    return [*opening.phrases, *aside, Phrase(opening.gets)]


def _agreed(plan: Plan | Spec, names: DisplayNames) -> list[Phrase] | None:
    """The permissions asked for; None where the check is switched off."""
    if plan.channels and not plan.check_permission:
        return None
    wanted = dict.fromkeys(names.permissions.get(c.permission_id, "") for c in plan.channels if c.permission_id)
    return _joined([Phrase(name, "channels") for name in wanted if name], " or ")


def _aside(agreed: list[Phrase] | None, lead: str) -> list[Phrase]:
    if agreed is None:
        return [Phrase(", "), Phrase("whether they agreed or not", "channels"), Phrase("" if lead.startswith(" and") else ",")]
    return [Phrase(lead), *agreed, Phrase("," if lead.startswith(",") else "")] if agreed else []


def _how(plan: Plan | Spec, names: DisplayNames) -> list[Phrase]:
    if not plan.channels:
        return [Phrase(", by "), Phrase("no channel yet", "channels")]
    ways = [Phrase(names.channel(c.connection_id, c.mode), "channels") for c in plan.channels]
    return [Phrase(", by "), *_joined(ways, " and by " if len(ways) == 2 else " and ")]


def _joined(these: list[Phrase], last: str) -> list[Phrase]:
    """`a`, `b` and `c`, with plain words between."""
    out: list[Phrase] = []
    for n, part in enumerate(these):
        out += [Phrase(last if n == len(these) - 1 else ", "), part] if n else [part]
    return out
