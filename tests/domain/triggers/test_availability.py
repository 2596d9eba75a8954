"""What a channel can follow and carry is declared with its provider; the reason why not is one sentence."""

import pytest

from domain.triggers import catalogue as triggers
from domain.triggers import fits
from integrations import catalogue

NEEDS = frozenset().union(*(action.gives for action in triggers.actions().values()))
"""Everything that any action gives."""

MEMBERS = catalogue.provider("mailchimp").mode("members")


@pytest.mark.parametrize("trigger", ["manual", "segment_entered", "segment_left", ""])
def test_mailchimp_takes_codes_by_hand_and_by_segment(trigger: str) -> None:
    assert fits.channel_closed(trigger, "codes", MEMBERS) == ""


def test_mailchimp_says_why_it_cannot() -> None:
    after_published = fits.channel_closed("published", "published_code", MEMBERS)
    assert after_published.startswith("It is not written to after “Code successfully published”.")
    assert "“Customer entered a segment”" in after_published
    assert "Send and publish unique codes" in fits.channel_closed("manual", "promotion", MEMBERS)


def test_klaviyo_takes_codes_only_given_or_published() -> None:
    for mode in catalogue.provider("klaviyo").modes:
        assert fits.channel_closed("published", "published_code", mode) == ""
        assert "It cannot carry “Notify about a promotion”" in fits.channel_closed("manual", "promotion", mode)


def test_no_platform_carries_a_plain_message_and_every_carrier_does() -> None:
    for provider in catalogue.providers():
        for mode in provider.modes:
            closed = fits.channel_closed("manual", "message", mode)
            assert bool(closed) == (mode.names is not None), f"{provider.key} {mode.key}: {closed}"


def test_some_action_gives_what_a_mode_needs() -> None:
    for provider in catalogue.providers():
        for mode in provider.modes:
            assert any(fits.carries(mode, action) for action in triggers.actions().values()), f"{provider.key} {mode.key}"
            assert mode.needs <= NEEDS
