"""Messages: compiled once, rendered often, escaped by place."""

import datetime
import json
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customers.facts.variables import variables as about_customer
from domain.messages import layout, sms, variables
from domain.messages.compile import compile_part
from domain.messages.default_body import default_body
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.places import TemplateError
from domain.messages.message import compile_message
from domain.messages.payload import compile_payload
from domain.triggers import catalogue
from integrations.contract import Batch, Message
from integrations.mail import mime

FACTS = {"customer": {"first_name": "Dina", "evil": '"><script>'}, "u": "javascript:alert(1)", "code": "A&B c", "n": 1250}


def rendered(source: str, place: OutputContext = OutputContext.HTML, facts: dict[str, object] | None = None) -> str:
    compiled = compile_part(source, place)
    return compiled.assemble(compiled.values(facts or FACTS))


def test_only_slots_differ_between_recipients() -> None:
    compiled = compile_part("Hi {{ customer.first_name }}, welcome.", OutputContext.TEXT)

    assert list(compiled.values(FACTS).values()) == ["Dina"]
    assert compiled.template() == "Hi %lg-text-0%, welcome."


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>{{ customer.evil }}</p>", "<p>&quot;&gt;&lt;script&gt;</p>"),
        ('<p title="{{ customer.evil }}">', '<p title="&quot;&gt;&lt;script&gt;">'),
        ('<a href="{{ u }}">', '<a href="#">'),
        ('<a href="https://s.example/?c={{ code }}">', '<a href="https://s.example/?c=A%26B%20c">'),
        ("{% if code %}<b title='{{ code }}'>{{ code }}</b>{% endif %}", "<b title='A&amp;B c'>A&amp;B c</b>"),
        ("{% capture x %}{{ customer.evil }}{% endcapture %}<i>{{ x }}</i>", "<i>&quot;&gt;&lt;script&gt;</i>"),
        ("{% assign x = code %}<i>{{ x }}</i>", "<i>A&amp;B c</i>"),
        ("<!-- a --><p>{{ code }}", "<!-- a --><p>A&amp;B c"),
    ],
)
def test_a_value_is_escaped_for_the_place_it_stands_in(source: str, shown: str) -> None:
    assert rendered(source) == shown


@pytest.mark.parametrize(
    "source",
    [
        "<p {{ code }}>",
        "<p title={{ code }}>",
        "<script>{{ code }}</script>",
        '<p onclick="{{ code }}">',
        '<p style="{{ code }}">',
        "<!-- {{ code }} -->",
    ],
)
def test_a_variable_is_refused_where_no_escaping_is_safe(source: str) -> None:
    with pytest.raises(TemplateError, match="variable"):
        compile_part(source, OutputContext.HTML)


@pytest.mark.parametrize("source", ["{% include 'x' %}", "{% render 'x' %}", "{{ code", "{% if %}", "{% liquid echo code %}"])
def test_what_is_not_for_messages_is_refused_in_words(source: str) -> None:
    with pytest.raises(TemplateError, match=r"^Line 1, column \d+: "):
        compile_part(source, OutputContext.TEXT)


def test_a_subject_has_no_line_breaks() -> None:
    assert rendered("Hi\r\nBcc: {{ x }}", OutputContext.HEADER, {"x": "a\r\nb"}) == "Hi Bcc: a b"


@given(st.text(), st.text())
def test_no_value_breaks_out_of_a_payload(value: str, key: str) -> None:
    compiled = compile_payload('{"code": "x {{ v }}", "list": [1, null, "{{ v }}"], "plain": "é\\""}')

    body = json.loads(compiled.assemble(compiled.values({"v": value})))

    assert body == {"code": f"x {value}", "list": [1, None, value], "plain": 'é"'}


def test_a_payload_that_is_not_json_is_told_where() -> None:
    with pytest.raises(TemplateError, match="Line 2, column"):
        compile_payload('{"a": 1,\n nonsense}')
    with pytest.raises(TemplateError, match="name of a field"):
        compile_payload('{"{{ a }}": 1}')


def test_dates_and_money_are_shown_as_people_read_them() -> None:
    facts = {"d": datetime.date(2026, 12, 31), "n": 1250, "locale": "de_DE", "currency": "EUR"}
    assert rendered("{{ d }}", OutputContext.TEXT, facts) == "31. Dezember 2026"
    assert rendered('{{ d | date: "%d.%m." }}', OutputContext.TEXT, facts) == "31.12."
    assert rendered("{{ n | money }}", OutputContext.TEXT, facts) == "€12.50"


def test_unknown_variables_are_refused_with_a_proposal() -> None:
    allowed = variables.known({"voucher"}, about_customer(["city_of_birth"]))

    said = variables.mistakes("{{ customer.frist_name }} {{ promotion.name }} {{ voucher.code | shout }}", OutputContext.TEXT, allowed)

    assert said == [
        "There is no variable {{ customer.frist_name }}. Did you mean {{ customer.first_name }}?",
        "{{ promotion.name }} is only there when the message carries a promotion.",
        "There is no filter “shout”.",
    ]
    assert (
        variables.mistakes("{{ customer.metadata.city_of_birth }}{% for x in (1..2) %}{{ x }}{% endfor %}", OutputContext.TEXT, allowed)
        == []
    )
    assert variables.mistakes('{"a": "{{ nope }}"}', OutputContext.JSON, allowed) != []


def test_a_mail_written_as_text_gets_a_body_in_html_and_a_footer() -> None:
    message = compile_message({"subject": "S", "text": "Hi {{ customer.first_name }} <3\n\nhttps://shop.example/a"}, "email")

    parts = message.assemble(message.values(FACTS | {"links": {"unsubscribe": "https://l.example/u/1"}}))

    assert "Hi Dina &lt;3</p>" in parts["html"]
    assert '<a href="https://shop.example/a"' in parts["html"]
    assert 'href="https://l.example/u/1"' in parts["html"]
    assert "Unsubscribe: https://l.example/u/1" in parts["text"]


def test_a_mail_written_in_html_gets_a_text_body() -> None:
    text = layout.text_from_html('<style>p{}</style><h1>Hi {{ a }}</h1><p>Take <a href="{{ links.shop }}">this</a><br>now</p>')

    assert text == "Hi {{ a }}\n\nTake this ({{ links.shop }})\nnow"


def test_the_preheader_is_hidden_at_the_top() -> None:
    assert layout.with_preheader("<body class=a><p>x", "Look {{ a }} & b").startswith('<body class=a><div style="display:none')


def test_slot_keys_cannot_occur_in_the_text() -> None:
    compiled = compile_part("%lg-text-0% {{ a }}", OutputContext.TEXT)
    assert compiled.template() == "%lg-text-0% %%lg-text-0%"
    assert compiled.template().count(compiled.slots[0].key) == 1


@pytest.mark.parametrize(
    ("text", "parts", "alphabet"),
    [
        ("a" * 160, 1, "GSM-7"),
        ("a" * 161, 2, "GSM-7"),
        ("€" * 81, 2, "GSM-7"),
        ("ł" * 70, 1, "UCS-2"),
        ("ł" * 71, 2, "UCS-2"),
        ("", 0, "GSM-7"),
    ],
)
def test_text_messages_are_counted_like_carriers_do(text: str, parts: int, alphabet: str) -> None:
    counted = sms.length(text)
    assert (counted.parts, counted.alphabet) == (parts, alphabet)


def test_a_variable_alone_in_its_quotes_keeps_its_type() -> None:
    compiled = compile_payload(
        '{"n": "{{ n }}", "f": "{{ f }}", "yes": "{{ yes }}", "none": "{{ nothing }}", "at": "{{ at }}", "day": "{{ day }}",'
        ' "code": "{{ code }}", "text": "{{ n }} of", "forced": "{{ n | append: \'\' }}", "empty": [], "object": {}, "null": null}'
    )
    facts = {
        "n": 42, "f": 2.5, "yes": True, "code": '0"0', "at": datetime.datetime.fromisoformat("2026-11-20T12:00:00+01:00"),
        "day": datetime.date(1990, 5, 1),
    }  # fmt: skip

    body = json.loads(compiled.assemble(compiled.values(facts)))

    assert body == {
        "n": 42, "f": 2.5, "yes": True, "none": None, "at": "2026-11-20T11:00:00Z", "day": "1990-05-01", "code": '0"0',
        "text": "42 of", "forced": "42", "empty": [], "object": {}, "null": None,
    }  # fmt: skip
    assert " " not in compile_payload('{ "a" : [ 1 , 2 ] }').template()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('{"a" 1}', "Line 1, column 6: this is not JSON: a colon is missing here."),
        ('{"a": "x\ny"}', "a line break or a tab stands inside a string."),
        ('{"a": "\\q"}', "this backslash stands before a character that takes none."),
        ('{"a": 1}}', "the document was already at its end."),
        ('{"a": NaN}', "NaN is not a number that JSON knows."),
        ('{"a": 1e999}', "1e999 is too large a number."),
        (f'{{"a": {"9" * 5_000}}}', "A whole number in it has too many digits."),
        ("[" * 65 + "]" * 65, "This is nested deeper than 64."),
        ("[" * 100_000, "This is nested deeper than 64."),
    ],
)
def test_what_is_wrong_with_a_payload_is_told_in_words(source: str, words: str) -> None:
    with pytest.raises(TemplateError) as told:
        compile_payload(source)

    assert words in str(told.value)


def test_a_variable_that_is_not_liquid_is_told_with_line_and_column() -> None:
    with pytest.raises(TemplateError, match=r"^Line 3, column 8: "):
        compile_payload('{\n "a": 1,\n "bad": "{{ oops"\n}'.replace('"bad": ', '"bad":'))


def test_a_raw_payload_is_text_of_its_own_type() -> None:
    parts = {"payload_kind": "raw", "payload": "<c>{{ code }}</c>", "content_type": "application/xml"}
    message = compile_message(parts, "webhook")

    assert message.assemble(message.values({"code": "A&B"})) == {"payload": "<c>A&B</c>", "content_type": "application/xml"}
    assert compile_message({"payload_kind": "raw", "payload": "x"}, "webhook").assemble({})["content_type"] == "text/plain; charset=utf-8"
    assert set(compile_message({"payload_kind": "custom", "payload": "{}", "content_type": "x"}, "webhook").parts) == {"payload"}


@pytest.mark.parametrize(
    ("action", "type", "nouns"),
    [
        ("codes", "code.sent", {"customer", "voucher", "campaign", "distribution"}),
        ("promotion", "promotion.announced", {"customer", "promotion", "distribution"}),
        ("message", "message.sent", {"customer", "segment", "distribution"}),
    ],
)
def test_the_default_body_says_what_is_known_and_uses_only_known_variables(action: str, type: str, nouns: set[str]) -> None:
    has = nouns & {"voucher", "promotion", "segment"}
    body = default_body("segment_entered", catalogue.actions()[action].payload_type, has, ["source_id", "name"])

    assert json.loads(body)["type"] == type
    assert set(json.loads(body)["data"]) == nouns
    assert variables.mistakes(body, OutputContext.JSON, variables.known(has, about_customer())) == []


@pytest.mark.parametrize("subject", ["🚴‍♀️ Bike to work", "👩‍👩‍👧 Family day", "🏳️‍🌈 Pride week", "می‌خواهیم ۱۰٪ تخفیف", "क्‍ष sale"])
def test_what_joins_letters_and_emoji_arrives_in_the_subject(subject: str) -> None:
    parts = {"subject": rendered("{{ x }}", OutputContext.HEADER, {"x": subject}), "text": "x", "from_email": "a@maple.example"}
    message = Message(id="dlv_1", address="dina@okafor.example", parts=parts, attempt_at=1)

    mail = message_from_bytes(mime.Assembler(Batch((message,))).mail(message, {}), policy=policy.default)

    assert mail["Subject"] == subject
