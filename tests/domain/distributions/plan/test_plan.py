"""The plan: what can be launched, and every mistake in words, on its step, at its field."""

import datetime
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from tests.scenes import MAIL, PLAIN_MAIL, Scene

Change = Callable[[Scene, Spec], Spec]
GONE = uuid.UUID(int=7)


def parts(**changed: str) -> dict[str, str]:
    return {**MAIL, **changed}


def failed_sync(scene: Scene, spec: Spec) -> Spec:
    segment = scene.segment("Broken", scene.dina)
    segment.sync, segment.sync_error = "failed", "the condition reads a field that is gone"
    return replace(spec, segment_id=segment.id)


def erased(scene: Scene, spec: Spec) -> Spec:
    scene.eli.erased_at = scene.now
    return replace(spec, audience="customer", customer_id=scene.eli.id)


def archived(scene: Scene, spec: Spec) -> Spec:
    scene.sandbox.archived_at = scene.now
    return spec


def no_senders(scene: Scene, spec: Spec) -> Spec:
    scene.session.delete(scene.sender)
    scene.session.flush()
    return spec


def ended(scene: Scene, spec: Spec) -> Spec:
    return replace(spec, campaign_id=scene.campaign("Old", ends_at=scene.now - datetime.timedelta(days=1)).id)


# ruff: noqa: E501 - one mistake a line
MISTAKES: list[tuple[str, Change, str, str, str]] = [
    ("nothing chosen", lambda c, s: replace(s, trigger=""), "trigger", "trigger", "Choose what starts it"),
    ("no audience", lambda c, s: replace(s, audience=""), "trigger", "audience", "one customer or a segment"),
    ("no customer", lambda c, s: replace(s, audience="customer"), "trigger", "customer_id", "Choose the customer"),
    ("erased customer", erased, "trigger", "customer_id", "was erased"),
    ("no segment", lambda c, s: replace(s, segment_id=None), "trigger", "segment_id", "Choose the segment"),
    ("deleted segment", lambda c, s: replace(s, segment_id=GONE), "trigger", "segment_id", "was deleted"),
    ("failed sync", failed_sync, "trigger", "segment_id", "“Broken” could not be synced: the condition reads a field that is gone"),
    ("trigger without segment", lambda c, s: replace(s, trigger="segment_left", segment_id=None), "trigger", "segment_id", "whose changes"),
    ("no trigger campaign", lambda c, s: replace(s, trigger="published"), "trigger", "trigger_campaign_id", "whose published codes"),
    ("bad time", lambda c, s: replace(s, chosen_at="tomorrow"), "trigger", "chosen_at", "not a time"),
    ("no action", lambda c, s: replace(s, action=""), "action", "action", "Choose what people get"),
    ("action not for trigger", lambda c, s: replace(s, action="published_code"), "action", "action", "Only a published code can be sent on"),
    ("no campaign", lambda c, s: replace(s, campaign_id=None), "action", "campaign_id", "Choose the campaign"),
    ("deleted campaign", lambda c, s: replace(s, campaign_id=GONE), "action", "campaign_id", "was deleted"),
    ("empty pool", lambda c, s: replace(s, campaign_id=c.campaign("Dry", codes=0).id), "action", "campaign_id", "“Dry” has no code left"),
    ("campaign off", lambda c, s: replace(s, campaign_id=c.campaign("Off", active=False).id), "action", "campaign_id", "switched off"),
    ("campaign ended", ended, "action", "campaign_id", "“Old” has ended"),
    ("promotion for codes", lambda c, s: replace(s, campaign_id=c.tier().campaign_id), "action", "campaign_id", "it has tiers, not codes"),
    ("no tier", lambda c, s: replace(s, action="promotion"), "action", "tier_id", "Choose the promotion"),
    ("tier off", lambda c, s: replace(s, action="promotion", tier_id=c.tier(active=False).id), "action", "tier_id", "switched off"),
    ("no channel", lambda c, s: replace(s, channels=()), "channels", "channels", "at least one channel"),
    ("connection removed", archived, "channels", "c1-connection_id", "was removed"),
    ("mode gone", lambda c, s: replace(s, channels=(c.channel(mode="fax"),)), "channels", "c1-connection_id", "can no longer send"),
    ("no permission", lambda c, s: replace(s, channels=(c.channel(permission_id=None),)), "channels", "c1-permission_id", "Choose the permission"),
    ("permission gone", lambda c, s: replace(s, channels=(c.channel(permission_id=GONE),)), "channels", "c1-permission_id", "was deleted"),
    ("no reason", lambda c, s: replace(s, check_permission=False, no_permission_reason=" "), "channels", "no_permission_reason", "Say in a few words"),
    ("no subject", lambda c, s: replace(s, channels=(c.channel(parts(subject=" ")),)), "channels", "c1-subject", "Write a subject"),
    ("no words", lambda c, s: replace(s, channels=(c.channel(parts(text="")),)), "channels", "c1-text", "Write the message"),
    ("no sms", lambda c, s: replace(s, channels=(c.channel({}, mode="sms"),)), "channels", "c1-text", "Write the text"),
    ("no payload", lambda c, s: replace(s, channels=(c.channel({}, mode="webhook"),)), "channels", "c1-payload", "Design the JSON"),
    ("not JSON", lambda c, s: replace(s, channels=(c.channel({"payload": "{code}"}, mode="webhook"),)), "channels", "c1-payload", "not JSON"),
    ("no sender at all", no_senders, "channels", "c1-from_email", "no sender address yet"),
    ("no sender chosen", lambda c, s: replace(s, channels=(c.channel(parts(from_email="")),)), "channels", "c1-from_email", "it comes from"),
    ("sender gone", lambda c, s: replace(s, channels=(c.channel(parts(from_email="a@b.example")),)), "channels", "c1-from_email", "was removed"),
    ("reply-to", lambda c, s: replace(s, channels=(c.channel(parts(reply_to="nobody")),)), "channels", "c1-reply_to", "not an e-mail address"),
    ("unknown variable", lambda c, s: replace(s, channels=(c.channel(parts(text="{{ customer.fist_name }}")),)), "channels", "c1-text", "Did you mean"),
    (
        "a code where none is given",
        lambda c, s: replace(s, action="message", campaign_id=None),
        "channels",
        "c1-text",
        "only there when the message carries a voucher",
    ),
    ("not Liquid", lambda c, s: replace(s, channels=(c.channel(parts(subject="Hi {{ customer.name")),)), "channels", "c1-subject", "Line 1"),
    ("too long", lambda c, s: replace(s, channels=(c.channel(parts(text="x" * 600_000)),)), "channels", "c1-text", "longer than 512 kB"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "step", "field", "words"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_every_mistake_is_told_on_its_step_in_words(
    scene: Scene, session: Session, change: Change, step: str, field: str, words: str
) -> None:
    spec = change(scene, scene.codes_to_segment())
    session.flush()
    found = plan(session, spec)

    assert isinstance(found, list)
    mine = [m for m in found if m.step == step and m.field == field]
    assert mine
    assert words in mine[0].text


def test_a_good_spec_becomes_a_plan_and_comes_back_from_json(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment(skip_holders=True)
    made = plan(session, spec)

    assert isinstance(made, Plan)
    assert made.segment_revision == 1
    assert made.channels[0].parts["from_name"] == "Maple & Rye"
    assert Plan.from_json(made.as_json()) == made


def test_a_live_plan_gives_codes_once_unless_somebody_says_otherwise(scene: Scene, session: Session) -> None:
    def once(spec: Spec) -> bool:
        made = plan(session, spec)
        assert isinstance(made, Plan), made
        return made.once_ever

    assert once(scene.entered())
    assert not once(scene.entered(once_ever=False))
    assert not once(scene.entered(action="message", channels=(scene.channel(PLAIN_MAIL),)))


def test_what_belongs_to_another_choice_is_left_out_of_the_plan(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment(customer_id=scene.dina.id, tier_id=GONE, current_members=True, catch_up=True)
    made = plan(session, spec)

    assert isinstance(made, Plan)
    assert (made.customer_id, made.tier_id, made.current_members, made.catch_up) == (None, None, False, False)


def test_sending_on_a_published_code_may_name_it(scene: Scene, session: Session) -> None:
    campaign = scene.campaign()
    spec = Spec(trigger="published", trigger_campaign_id=campaign.id, action="published_code", channels=(scene.channel(),))

    assert isinstance(plan(session, spec), Plan)


def test_without_the_check_no_permission_is_needed_but_a_reason(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment(
        check_permission=False, no_permission_reason="A recall of a product", channels=(scene.channel(permission_id=None),)
    )
    made = plan(session, spec)

    assert isinstance(made, Plan)
    assert made.no_permission_reason == "A recall of a product"


def test_an_empty_spec_has_a_mistake_on_every_step(scene: Scene, session: Session) -> None:
    found = plan(session, Spec())

    assert isinstance(found, list)
    assert {m.step for m in found} == {"trigger", "action", "channels"}
    assert all(isinstance(m, Mistake) and m.text.endswith(".") for m in found)
