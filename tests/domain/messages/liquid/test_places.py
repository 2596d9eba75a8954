"""Every tag that writes and every filter, in every place of a message, with hostile values: nothing breaks out of where it stands."""

import json
from html.parser import HTMLParser

import pytest

from domain.messages.compile import compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.language import FILTERS, STATEFUL, TAGS
from domain.messages.liquid.places import TemplateError
from domain.messages.payload import compile_payload

HOSTILE = [
    '"><script>x</script>', "'><img src=x onerror=y>", "javascript:alert(1)", " java\tscript:alert(1)", "data:text/html,<script>x</script>",
    "</a></td></title></style>", "-->", '", "role": "admin', "\\", "\\u0022", "a\r\nBcc: x@y.example", "\x00\u2028", "&lt;script&gt;",
    "%22%3E%3Cscript%3E", "PHNjcmlwdD4=", "{{ secret }}",
]  # fmt: skip
WRITERS = {
    "a variable": "{{ v }}",
    "if": "{% if v %}{{ v }}{% endif %}",
    "unless": "{% unless nothing %}{{ v }}{% endunless %}",
    "else": "{% if nothing %}{% else %}{{ v }}{% endif %}",
    "case": "{% case 1 %}{% when 1 %}{{ v }}{% else %}{% endcase %}",
    "for": "{% for i in (1..2) %}{{ v }}{% endfor %}",
    "for of one": "{% for i in v %}{{ i }}{% endfor %}",
    "break": "{% for i in (1..2) %}{{ v }}{% break %}{% endfor %}",
    "continue": "{% for i in (1..2) %}{{ v }}{% continue %}{% endfor %}",
    "assign": "{% assign a = v %}{{ a }}",
    "capture": "{% capture c %}<b>{{ v }}{% cycle v, v %}</b>{% endcapture %}{{ c }}",
    "cycle": "{% cycle v, v %}",
    "a cycle of a group": "{% cycle v: v, v %}",
    "cycle in a loop": "{% for i in (1..3) %}{% cycle v, 'b' %}{% endfor %}",
    "comment": "{% comment %}{{ v }}{% endcomment %}",
    "#": "{% # v %}",
}
FILTERED = {name: f"{{{{ v | {name}{arguments} }}}}" for name in sorted(FILTERS) for arguments in ("", ": v", ": v, v")}
PLACES = {
    "text": ("<p>", "</p>"),
    "attribute": ('<p title="', '">x</p>'),
    "single quotes": ("<p title='", "'>x</p>"),
    "address": ('<a href="', '">x</a>'),
    "part of an address": ('<a href="https://shop.example/?c=', '">x</a>'),
    "picture": ('<img src="', '">'),
    "after a branch": ('<a href="{% if nothing %}https://a.example/{% endif %}', '">x</a>'),
}


class Seen(HTMLParser):
    """The tags, attributes and addresses that a mail program would see."""

    def __init__(self) -> None:
        super().__init__()
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_comment(self, data: str) -> None:
        self.shape.append(("comment", ()))


def seen(html: str) -> Seen:
    parser = Seen()
    parser.feed(html)
    parser.close()
    return parser


def rendered(source: str, value: str, place: OutputContext) -> str | None:
    compiled = compile_part(source, place)
    try:
        return compiled.assemble(compiled.values({"v": value, "secret": "S3CRET"}))
    except TemplateError:
        return None


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("writer", {**WRITERS, **FILTERED}.values(), ids={**WRITERS, **FILTERED}.keys())
def test_no_value_changes_the_shape_of_a_page(where: str, writer: str) -> None:
    before, after = PLACES[where]
    usual = [seen(before.replace("{% if nothing %}https://a.example/{% endif %}", "") + "x" + after).shape]

    for value in HOSTILE:
        html = rendered(before + writer + after, value, OutputContext.HTML)
        if html is None:
            continue
        found = seen(html)
        assert [found.shape] == usual, html
        assert all(not address or address.split(":")[0].lower() in {"http", "https", "mailto", "tel"} or ":" not in address
                   for address in found.addresses), html  # fmt: skip
        assert "S3CRET" not in html


@pytest.mark.parametrize("writer", {**WRITERS, **FILTERED}.values(), ids={**WRITERS, **FILTERED}.keys())
def test_no_value_breaks_out_of_a_header_a_text_or_a_body(writer: str) -> None:
    for value in HOSTILE:
        header = rendered(f"A {writer}", value, OutputContext.HEADER) or ""
        text = rendered(f"A {writer}", value, OutputContext.TEXT) or ""
        assert not {"\r", "\n", "\x00", "\u2028"} & set(header)
        assert not {"\x00", "\u2028"} & set(text)
        for body in (f'{{"a": {json.dumps(writer)}, "b": 1}}', f'{{"a": {json.dumps(f"x {writer} x")}, "b": 1}}'):
            compiled = compile_payload(body)
            try:
                told = json.loads(compiled.assemble(compiled.values({"v": value})))
            except TemplateError:
                continue
            assert set(told) == {"a", "b"}


def test_the_family_asks_every_tag_that_there_is() -> None:
    asked = " ".join(WRITERS.values())

    assert all(f"{{% {tag} " in asked or f"{{% {tag}%" in asked for tag in TAGS)
    assert STATEFUL <= TAGS


@pytest.mark.parametrize(
    "source",
    [
        '<a href="{% if a %}https://x.example/">{% endif %}{{ v }}',
        '{% if a %}<a href="{% else %}<a title="{% endif %}{{ v }}">',
        "{% for i in (1..2) %}<a href={% endfor %}{{ v }}>",
        '{% for i in (1..2) %}<a href="{% break %}">{% endfor %}{{ v }}',
        "{% case a %}{% when 1 %}<script>{% when 2 %}</script>{% endcase %}{{ v }}",
        "<{{ v }}>",
        "<{% if a %}script{% endif %}>{{ v }}",
        "<scr{% if a %}{% endif %}ipt>{{ v }}</script>",
        '<p on{% if a %}{% endif %}click="{{ v }}">',
        '<p {% cycle v, v %}="x">',
        "<script>{% cycle v %}</script>",
    ],
)
def test_where_the_place_depends_on_the_way_nothing_may_stand(source: str) -> None:
    with pytest.raises(TemplateError, match=r"^Line 1, column \d+: "):
        compile_part(source, OutputContext.HTML)


@pytest.mark.parametrize(
    "source",
    [
        "{% if a %}<td>{% else %}<td class='b'>{% endif %}{{ v }}</td>",
        '<td{% if a %} class="b"{% endif %}>{{ v }}</td>',
        '<td {% if a %}class="b"{% endif %} title="{{ v }}">{{ v }}</td>',
        '<a href="{% if a %}https://a.example/{% else %}https://b.example/{% endif %}?c={{ v }}">x</a>',
        "{% for i in (1..3) %}<li>{% if i == 2 %}{% continue %}{% endif %}{{ v }}</li>{% endfor %}",
        "<td width={% if a %}1{% else %}2{% endif %}>{{ v }}</td>",
    ],
)
def test_ways_that_end_alike_are_fine(source: str) -> None:
    html = rendered(source, "<", OutputContext.HTML) or ""

    assert "&lt;" in html or "%3C" in html


def test_static_text_inside_a_block_is_escaped_as_outside() -> None:
    body = compile_payload('{"a": "{% if v %}say \\"hi\\"\\n{% endif %}"}')

    assert json.loads(body.assemble(body.values({"v": 1}))) == {"a": 'say "hi"\n'}
    assert rendered("{% if v %}a\r\nBcc: b{% endif %}", "1", OutputContext.HEADER) == "a Bcc: b"
