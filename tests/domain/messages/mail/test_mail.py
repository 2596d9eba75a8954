"""Mails of blocks: whatever the editor can make compiles, is harmless, and says the same in HTML and in text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, reject, settings

from domain.messages.blocks.catalogue import block_kinds
from domain.messages.compile import compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.limits import LONGEST_PART
from domain.messages.liquid.places import TemplateError
from domain.messages.mail import tree
from domain.messages.mail.compiler import write
from domain.messages.mail.compiler.designers import as_html as designed
from domain.messages.mail.compiler.held import HeldLiquid
from domain.messages.mail.compiler.rich import own_html, rich_text
from domain.messages.mail.style import MailStyle
from domain.messages.mail.tree import Block, Condition, Mail
from domain.tables.stored_json import Unreadable
from tests.domain.messages.mail.trees import mails

FACTS = {
    "a": 2,
    "customer": {"first_name": "Dina", "city": "Bath", "evil": '"><script>alert(1)</script>'},
    "voucher": {"code": "WEL-1", "qr": "https://x.example/q/1.png", "discount": "10 %"},
    "links": {"shop": "https://shop.example/?a=1&b=2", "unsubscribe": "https://x.example/u/1", "preferences": "https://x.example/p/1"},
    "brand": {"name": "Maple & Rye", "address": "4 Corn Street"},
}
FORBIDDEN = {"script", "iframe", "object", "embed", "form", "input", "link", "base", "svg", "math", "textarea", "button", "audio", "video"}


class Looker(HTMLParser):
    """Finds what would act in a mail program."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[str] = []
        self.words: list[str] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.acts += [tag] if tag in FORBIDDEN else []
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on") or (name in {"href", "src", "action"} and re.match(r"\s*(javascript|data|vbscript):", address)):
                self.acts.append(f"{tag} {name}={value}")
            if name == "style" and re.search(r"url|expression|@import", address):
                self.acts.append(f"{tag} {name}={value}")
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def looked(source: str) -> Looker:
    looker = Looker()
    looker.feed(source)
    looker.close()
    return looker


def rendered(source: str) -> str:
    compiled = compile_part(source, OutputContext.HTML, "html")
    return compiled.assemble(compiled.values(FACTS))


def written(mail: Mail) -> str:
    """Its HTML. A mail with a variable in what is taken out (a comment, a script) is refused in words, and is no example."""
    try:
        return write.as_html(mail)
    except TemplateError:
        reject()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mails())
def test_any_mail_compiles_to_something_harmless_within_limits(mail: Mail) -> None:
    assert tree.read(mail.as_text()) == mail
    whole = rendered(written(mail))
    compile_part(write.as_text(mail), OutputContext.TEXT)

    assert looked(whole).acts == []
    assert len(whole.encode()) < LONGEST_PART
    assert "https://x.example/u/1" in whole
    assert not re.search(r"lq+\d+z", whole)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mails())
def test_slots_and_static_pieces_equal_direct_rendering(mail: Mail) -> None:
    compiled = compile_part(written(mail), OutputContext.HTML, "html")

    once = compiled.values(FACTS)
    template = compiled.template()
    for slot in compiled.slots:
        template = template.replace(slot.key, once[slot.key], 1)

    assert template == compiled.assemble(once)
    assert compiled.assemble(once) == compiled.parsed.template.render(**FACTS)


TRICKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' &#1;javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java&#9;script:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='{% if a %}javascript:alert(1){% endif %}'>x</a>",
    "<a href='{{ a }}' onclick='{{ customer.evil }}'>x</a>",
    "<a href=\"{{ '&#125;&#125;' }}\">x</a>",
    "<a href='{{ \"javascript:\" }}alert(1)'>x</a>",
    "<scr{% comment %}x{% endcomment %}ipt>alert(1)</scr{% comment %}x{% endcomment %}ipt>",
    "<{% if a %}script{% endif %}>alert(1)</script>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='background-color:u\\72l(x)'>x</p>",
    "<div style='position:fixed;top:0'>x</div>",
    "<iframe src='https://x.example'></iframe>",
    "<form action='https://x.example'><input name=password><button>Go</button></form>",
    "<meta http-equiv=refresh content='0;url=https://x.example'>",
    "<base href='https://x.example/'>",
    "<link rel=stylesheet href='https://x.example/a.css'>",
    "<style>@import 'https://x.example/a.css';</style>",
    "<object data='x'></object><embed src='x'>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<mj-raw><script>alert(1)</script></mj-raw>",
    "<mj-include path='/etc/passwd' />",
    "</mj-text><mj-raw><script>alert(1)</script></mj-raw><mj-text>",
    "</p></td></table><script>alert(1)</script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<template><script>alert(1)</script></template>",
    "<xmp><script>alert(1)</script></xmp>",
    "lq0zlq1z{{ customer.evil }}",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
]


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("kind", ["text", "html", "button", "header", "image", "social", "voucher", "footer"])
def test_no_trick_gets_anything_executable_into_a_mail(kind: str, trick: str) -> None:
    described = block_kinds()[kind]
    values = {one.key: trick if isinstance(one.default, str) and one.fits(trick) else one.default for one in described.fields}
    mail = tree.edged(Mail((Block("b1", kind, values),)))

    try:
        whole = rendered(write.as_html(mail))
    except TemplateError:
        return

    assert looked(whole).acts == []


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gets_anything_executable_out_of_designers_mjml(trick: str) -> None:
    around = "<mj-text><a href='{{ links.unsubscribe }}'>Out</a></mj-text>"
    for inner in (trick, f"<mj-text>{trick}</mj-text>", f"<mj-button>{trick}</mj-button>"):
        try:
            made = rendered(designed(f"<mjml><mj-body><mj-section><mj-column>{inner}{around}</mj-column></mj-section></mj-body></mjml>"))
        except TemplateError:
            continue
        assert looked(made).acts == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<mjml><mj-body><mj-raw>x</mj-raw></mj-body></mjml>", "mj-raw"),
        ("<mjml><mj-body><mj-include path='x'/></mj-body></mjml>", "mj-include"),
        ("<mjml><mj-body onload='x'></mj-body></mjml>", "onload"),
        ("<mjml><mj-head><mj-style>a{background:url(//x)}</mj-style></mj-head></mjml>", "mj-style"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><mjml></mjml>", "doctype"),
        ("<mjml>\n<mj-body></mjml>", "Line 2"),
        ("<mjml><mj-body><mj-section background-url='{{ x }}'></mj-section></mj-body></mjml>", "background-url"),
        ("<mjml><mj-body><mj-section><mj-column><mj-image src='javascript:x'/></mj-column></mj-section></mj-body></mjml>", "src"),
        ("<mjml><mj-body>hello</mj-body></mjml>", "Words"),
        ("<mjml><mj-body><mj-social><mj-social-element name='x'/></mj-social></mj-body></mjml>", "src"),
    ],
)
def test_what_designers_may_not_use_is_refused_by_name(source: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        designed(f"{source}<!-- links.unsubscribe -->")


def test_mjml_of_designers_keeps_its_looks_and_its_variables() -> None:
    made = designed(
        "<mjml><mj-body><mj-section background-color='#eeeeee'><mj-column><mj-text>Hello {{ customer.first_name | default: \"you\" }}<br>"
        "<b>bold</b></mj-text><mj-button href='{{ links.unsubscribe }}'>Out</mj-button></mj-column></mj-section></mj-body></mjml>"
    )

    assert "Hello Dina" in rendered(made)
    assert "<b>bold</b>" in made
    assert "background:#eeeeee" in made


def test_a_block_is_shown_only_where_its_condition_holds() -> None:
    text = replace(tree.new_block(block_kinds()["text"], "b1"), values={"words": "For Bath", "align": "left", "space": "m"})
    mail = tree.edged(Mail((replace(text, shown_if=Condition("customer.city", "is", "Bath")),)))
    compiled = compile_part(write.as_html(mail), OutputContext.HTML)

    assert "For Bath" in compiled.assemble(compiled.values(FACTS))
    assert "For Bath" not in compiled.assemble(compiled.values({**FACTS, "customer": {"city": "Leeds"}}))
    assert "For Bath" not in compile_part(write.as_text(mail), OutputContext.TEXT).template()


@pytest.mark.parametrize("value", ["a\"b'c", "{{ x }}", "%}", "a\nb"])
def test_a_condition_cannot_break_out_of_its_quotes(value: str) -> None:
    mail = tree.edged(Mail((replace(tree.new_block(block_kinds()["text"], "b1"), shown_if=Condition("customer.city", "is", value)),)))

    with pytest.raises(TemplateError, match="condition"):
        write.as_html(mail)


@pytest.mark.parametrize(
    "stored",
    [
        "", "[]", "null", '{"schema": 99}', '{"blocks": {}}', '{"blocks": [{"id": "b1"}]}', '{"blocks": [{"id": "b1", "kind": "nothing"}]}',
        '{"blocks": [{"id": 1, "kind": "text"}]}', '{"blocks": [{"id": "b1", "kind": "spacer", "values": {"height": 9999}}]}',
        '{"blocks": [{"id": "b1", "kind": "spacer", "values": {"height": "24"}}]}',
        '{"blocks": [{"id": "b1", "kind": "text", "values": []}]}',
        '{"blocks": [{"id": "b1", "kind": "divider", "values": {"colour": "red;x"}}]}', '{"style": {"page": "url(x)"}}',
        '{"style": {"width": "9"}}',
        '{"blocks": [{"id": "b1", "kind": "spacer"}, {"id": "b1", "kind": "spacer"}]}',
        '{"blocks": [{"id": "b1", "kind": "columns", "columns": [[{"id": "b2", "kind": "footer"}]]}]}',
        '{"blocks": [{"id": "b1", "kind": "columns", "columns": [[], [], [], []]}]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_mail_is_unreadable_in_words(stored: str) -> None:
    with pytest.raises(Unreadable, match="This mail"):
        tree.read(stored)


def test_the_footer_cannot_be_left_out() -> None:
    assert [one.kind for one in tree.read("{}").blocks] == ["footer"]


def test_a_mail_of_forty_blocks_is_written_quickly() -> None:
    kinds = [kind for kind in block_kinds().values() if not kind.edge and not kind.columns]
    blocks = tuple(tree.new_block(kinds[n % len(kinds)], f"b{n + 1}") for n in range(40))

    assert len(write.as_html(tree.edged(Mail(blocks)))) < 200_000


@pytest.mark.parametrize("source", ["<b{{ a }}>x</b>", "<p title='{{ a }}'>x</p>", "a {{ b", "a }} b", "{% if x"])
def test_a_variable_that_would_get_lost_is_told(source: str) -> None:
    held = HeldLiquid(source)

    with pytest.raises(TemplateError):
        rich_text(source, held, MailStyle())


def test_what_is_pasted_keeps_its_table_and_loses_what_acts() -> None:
    held = HeldLiquid("")
    made = own_html('<table width="100%" onclick="x()"><tr><td style="color:red;position:fixed" bgcolor="#fff">a</td></tr></table>', held)

    assert made == '<table width="100%"><tbody><tr><td style="color:red" bgcolor="#fff">a</td></tr></tbody></table>'
