"""Mails as the editor can make them, of any shape."""

from hypothesis import strategies as st

from domain.messages.blocks.catalogue import block_kinds
from domain.messages.blocks.contract import BlockControl, BlockField, BlockKind
from domain.messages.mail.conditions import TESTS
from domain.messages.mail.style import COLOURS, FONTS, MailStyle
from domain.messages.mail.tree import Block, Condition, Mail, edged

VARIABLES = (
    "{{ customer.first_name | default: 'there' }}",
    "{{ voucher.code }}",
    "{{ links.shop }}",
    "{{ customer.evil }}",
    "{% if a > 1 %}x{% endif %}",
)
MARKUP = (
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "a & b",
    '"><img src=x onerror=alert(1)>',
    "</mj-text></mjml>",
    "]]>",
    "<!--",
    "-->",
    "&lt;b&gt;",
    "<p data-align='center'>x",
    "<br>",
)
TYPED = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="{}%"), max_size=30)
WORDS = st.one_of(TYPED, st.sampled_from(MARKUP), st.sampled_from(VARIABLES))
TEXT = st.lists(WORDS, max_size=4).map("".join)
LINKS = ("", "https://shop.example/?a=1&b=2", "javascript:alert(1)", "{{ links.shop }}", "https://s.example/?c={{ voucher.code }}")
LINK = st.one_of(TEXT, st.sampled_from(LINKS))
COLOUR = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def value(field: BlockField) -> st.SearchStrategy[str | int | bool]:
    match field.control:
        case BlockControl.SWITCH:
            return st.booleans()
        case BlockControl.NUMBER:
            return st.integers(field.least, field.most)
        case BlockControl.CHOICE:
            return st.sampled_from([key for key, _ in field.choices])
        case BlockControl.COLOUR:
            return st.one_of(st.just(""), COLOUR)
        case BlockControl.ADDRESS | BlockControl.PICTURE:
            return LINK
    return TEXT


CONDITIONS = st.one_of(
    st.just(Condition()),
    st.builds(
        Condition,
        st.sampled_from(("customer.city", "customer.first_name")),
        st.sampled_from(list(TESTS)),
        st.sampled_from(("Bath", "O'Hara", "")),
    ),
)


def blocks(kind: BlockKind) -> st.SearchStrategy[tuple[str, dict[str, object], Condition]]:
    return st.tuples(
        st.just(kind.key),
        st.fixed_dictionaries({one.key: value(one) for one in kind.fields}),
        st.just(Condition()) if kind.stays else CONDITIONS,
    )


INNER = st.one_of([blocks(kind) for kind in block_kinds().values() if not kind.edge and not kind.columns])
OUTER = st.one_of([blocks(kind) for kind in block_kinds().values()])
STYLES = st.builds(
    MailStyle, **dict.fromkeys(COLOURS, COLOUR), heading_font=st.sampled_from(list(FONTS)), text_font=st.sampled_from(list(FONTS))
)


@st.composite
def mails(draw: st.DrawFn) -> Mail:
    number, made = 0, []

    def block(drawn: tuple[str, dict[str, object], Condition], columns: tuple[tuple[Block, ...], ...] = ()) -> Block:
        nonlocal number
        number += 1
        return Block(f"b{number}", drawn[0], drawn[1], drawn[2], columns)

    for drawn in draw(st.lists(OUTER, max_size=6)):
        if block_kinds()[drawn[0]].columns:
            columns = draw(st.lists(st.lists(INNER, max_size=2), min_size=1, max_size=3))
            inner = tuple(tuple(block(one) for one in column) for column in columns)
            made.append(block(drawn, inner))
        else:
            made.append(block(drawn))
    return edged(Mail(tuple(made), draw(STYLES)))
