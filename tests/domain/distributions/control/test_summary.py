"""What the summary says before it goes: the sentence, the checks, who is left out; and afterwards, what a version changed."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from domain.distributions.audience import left_out
from domain.distributions.audience import size as audience
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import differences, names, sentence
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.distributions.preflight import checks as preflight
from domain.distributions.preflight.finding import PreflightCheck
from domain.distributions.preview import preview
from domain.tables.customers import Suppression
from tests.scenes import MAIL, PLAIN_MAIL, Scene


def said(scene: Scene, spec: Spec, **more: str) -> str:
    return sentence.plain(sentence.phrases(spec, names.of(scene.session, [spec]), **more))


def checks(scene: Scene, spec: Spec, people: int = 2) -> list[PreflightCheck]:
    crowd = audience.audience_size(scene.session, spec)
    return preflight.checks(scene.session, spec, [], crowd, people, names.of(scene.session, [spec]))


def worrying(scene: Scene, spec: Spec, people: int = 2) -> list[str]:
    return [c.title for c in checks(scene, spec, people) if c.level != "good"]


def test_the_whole_logic_is_one_sentence(scene: Scene, session: Session) -> None:
    segment, campaign = scene.segment("Regulars", scene.dina), scene.campaign("Autumn")
    spec = scene.codes_to_segment(segment_id=segment.id, campaign_id=campaign.id, skip_holders=True)
    spec = replace(spec, channels=(*spec.channels, scene.channel({"text": "Hi"}, mode="sms", key="c2")))

    assert said(scene, spec, people="1,204 people", when="12:14") == (
        "At 12:14, 1,204 people in Regulars who agreed to Offers and news each get one code of Autumn, by email and by SMS."
        " Whoever already holds one is skipped."
    )
    assert said(scene, replace(spec, trigger="segment_entered", current_members=True, skip_holders=False)) == (
        "Whenever somebody enters Regulars and agreed to Offers and news, they get one code of Autumn, by email and by SMS."
        " Those inside today get it too. Everybody gets it once at most."
    )
    one = replace(spec, audience="customer", customer_id=scene.dina.id, action="message", check_permission=False, skip_holders=False)
    assert said(scene, one) == "Dina Okafor, whether they agreed or not, gets a message, by email and by SMS."
    assert said(scene, Spec()) == "Nothing starts it yet; people get something not chosen yet, by no channel yet."


def test_bold_parts_of_the_sentence_lead_to_their_step(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment()
    parts = {p.text: p.step for p in sentence.phrases(spec, names.of(session, [spec]), when="12:14") if p.step}

    assert set(parts.values()) == {"summary", "trigger", "channels", "action"}
    assert parts["email"] == "channels"


def test_a_good_one_has_nothing_to_look_at(scene: Scene, session: Session) -> None:
    assert worrying(scene, scene.codes_to_segment()) == []


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"html": "<p>Hello</p>"}, "No unsubscribe link in the email"),
        ({"html": '<a href="#">Shop</a> <a href="{{ links.unsubscribe }}">Out</a>'}, "1 link leads nowhere"),
        ({"html": '<a href="">a</a><a href="https://">b</a> {{ links.unsubscribe }}'}, "2 links lead nowhere"),
    ],
)
def test_messages_are_read_before_they_go(scene: Scene, session: Session, parts: dict[str, str], title: str) -> None:
    assert worrying(scene, scene.codes_to_segment(channels=(scene.channel({**MAIL, **parts}),))) == [title]


def test_codes_are_counted_against_people(scene: Scene, session: Session) -> None:
    small = scene.campaign("Small", codes=1)
    spec = scene.codes_to_segment(campaign_id=small.id)

    assert worrying(scene, spec, people=2) == ["Only 1 code for 2 people"]
    small.auto_update = True
    session.flush()
    assert worrying(scene, spec, people=2) == []


def test_a_campaign_for_members_only_is_pointed_out(scene: Scene, session: Session) -> None:
    members = scene.segment("Members", scene.finn)
    campaign = scene.campaign("Members only", segment_id=members.id)
    spec = scene.codes_to_segment(campaign_id=campaign.id)

    assert worrying(scene, spec) == ["Codes of “Members only” are only for members of “Members”"]
    assert left_out.count(session, spec) == left_out.LeftOut(1, (("outside_rule", 1),))
    assert worrying(scene, replace(spec, segment_id=members.id)) == []


def test_what_a_careful_colleague_would_say(scene: Scene, session: Session) -> None:
    scene.sandbox.paused_at, scene.sandbox.paused_reason = scene.now, "The key is wrong."
    twin = scene.customer("Dina Again", "dina@okafor.example", agrees=True)
    segment = scene.segment("Twins", scene.dina, twin)
    spec = scene.codes_to_segment(segment_id=segment.id, check_permission=False, no_permission_reason="A recall")
    found = {c.title.partition(" since")[0]: c for c in checks(scene, spec) if c.level == "warn"}

    assert set(found) == {"Permission is not checked", "Sandbox is paused", "Some share an address"}
    assert found["Permission is not checked"].text == "Because: A recall"
    assert checks(scene, spec)[-1].level == "good"


def test_an_unsigned_relay_is_warned_of(scene: Scene, session: Session) -> None:
    relay = scene.connection("Relay", "smtp", config={"host": "mail.example", "port": "587", "security": "starttls", "signing": "none"})
    mode = __import__("integrations.catalogue", fromlist=["provider"]).provider("smtp").modes[0].key
    found = worrying(scene, scene.codes_to_segment(channels=(scene.channel(MAIL, mode=mode, connection=relay),)))

    assert "Relay: look at its settings" in found


def test_everybody_left_out_has_a_reason_and_a_place_in_its_list(scene: Scene, session: Session) -> None:
    nobody = scene.customer("No Mail", agrees=True)
    scene.add(Suppression(kind="email", hash=scene.finn.email_hash, reason="bounced", created_at=scene.now))
    segment = scene.segment("All", scene.dina, scene.eli, scene.finn, nobody)
    spec = scene.codes_to_segment(segment_id=segment.id)
    out = left_out.count(session, spec)

    assert out is not None
    assert (out.reached, out.count) == (1, 3)
    assert dict(out.reasons) == {"no_email": 1, "no_permission": 1, "suppressed": 1}
    assert [p.name for p in left_out.people(session, spec, "no_permission")] == ["Eli Marsh"]


def test_somebody_with_two_channels_is_left_out_only_when_none_reaches_them(scene: Scene, session: Session) -> None:
    both = scene.codes_to_segment(
        segment_id=scene.segment("Phones", scene.dina, scene.finn).id,
        channels=(scene.channel({"text": "Hi"}, mode="sms"), scene.channel(key="c2")),
    )

    assert left_out.count(session, both) == left_out.LeftOut(2, ())
    assert left_out.count(session, replace(both, channels=both.channels[:1])) == left_out.LeftOut(1, (("no_phone", 1),))


def test_a_preview_shows_a_dummy_and_cannot_unsubscribe_anybody(scene: Scene, session: Session) -> None:
    spec = scene.codes_to_segment()
    made = preview.of(session, spec, spec.channels[0], scene.dina)

    assert made.parts["subject"] == "Hello Dina"
    assert "RYE-XXXX-XXXX" in made.parts["text"]
    assert "https://maple-rye.example/u/preview" in made.parts["text"]
    assert preview.of(session, spec, spec.channels[0], None).parts["subject"] == "Hello there"


def test_versions_tell_in_words_what_changed(scene: Scene, session: Session) -> None:
    def made(spec: Spec) -> Plan:
        found = plan(session, spec)
        assert isinstance(found, Plan), found
        return found

    old = made(scene.codes_to_segment())
    spec = scene.codes_to_segment(
        action="message", campaign_id=None, check_permission=False, no_permission_reason="A recall",
        channels=(scene.channel({**PLAIN_MAIL, "subject": "Changed"}), scene.channel({"payload": "{}"}, mode="webhook", key="c2")),
    )  # fmt: skip
    found = {d.what: (d.before, d.after) for d in differences.between(old, made(spec), names.of(session, [old, made(spec)]))}

    assert found["Action"] == ("Send and publish unique codes", "Send a plain message")
    assert found["Codes of"][1] == "nothing"
    assert found["Permission checked"] == ("yes", "no: A recall")
    assert found["email by Sandbox: subject"] == ("Hello {{ customer.first_name | default: 'there' }}", "Changed")
    assert found["Channel added"] == ("", "webhook by Sandbox")
    assert differences.between(old, old, names.of(session, [old])) == []
