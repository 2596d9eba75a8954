"""Drafts are tried in a process of their own: whatever they do, the asking process gets words, and the next question an answer."""

import os
import resource
import signal

import pytest

from domain.customers.facts.variables import variables as about_customer
from domain.distributions.preview.values import LazyValues
from domain.messages import variables
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.places import TemplateError
from domain.messages.trial import limited

SLOW = ("{{" + " " * 4_900 + "}}") * 100
"""The library's reader needs minutes for this."""
FACTS = {"customer": {"first_name": "Dina"}, "links": LazyValues({"shop": lambda: "https://shop.example"})}


def test_it_checks_and_renders_as_a_worker_would() -> None:
    assert limited.rendered({"text": "Hi {{ customer.first_name }} {{ links.shop }}"}, "sms", FACTS) == (
        {"text": "Hi Dina https://shop.example"},
        0,
    )
    assert limited.mistakes("{{ customer.nme }}", OutputContext.TEXT, variables.known([], about_customer())) == [
        "There is no variable {{ customer.nme }}. Did you mean {{ customer.name }}?"
    ]
    with pytest.raises(TemplateError, match=r"^Line 2, column 4: "):
        limited.rendered({"text": "a\n{% if %}"}, "sms", FACTS)


def test_what_is_too_slow_is_told_in_words_and_the_next_is_answered() -> None:
    limited.mistakes("Hello", OutputContext.TEXT, ())
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime

    assert limited.mistakes(SLOW, OutputContext.TEXT, ()) == [limited.TOO_SLOW]
    with pytest.raises(TemplateError, match="too long"):
        limited.rendered({"text": SLOW}, "sms", FACTS)

    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 3 * limited.SECONDS, "of a processor's time"
    assert limited.mistakes("Hello", OutputContext.TEXT, ()) == []


def test_one_process_is_kept_and_another_made_when_it_was_killed() -> None:
    limited.mistakes("Hello", OutputContext.TEXT, ())
    process = limited._kept[os.getpid()].process.pid
    limited.mistakes("Hello", OutputContext.TEXT, ())
    assert limited._kept[os.getpid()].process.pid == process

    os.kill(process, signal.SIGKILL)

    assert limited.mistakes("Hello", OutputContext.TEXT, ()) == []
    assert limited._kept[os.getpid()].process.pid != process
