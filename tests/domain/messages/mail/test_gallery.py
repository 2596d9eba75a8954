"""The drawings one may begin with: each is right as it stands, but for what only its owner can say."""

import pytest

from domain.customers.facts.variables import variables as about_customer
from domain.messages.compile import compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.messages.mail import tree
from domain.messages.mail.compiler import write
from domain.messages.mail.findings import findings
from domain.messages.mail.gallery import DRAWINGS, Drawing
from domain.messages.mail.style import faint
from domain.messages.variables import VARIABLES, mistakes

each = pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda one: one.key)
ALLOWED = (*about_customer(()), *VARIABLES)


@each
def test_a_drawing_has_nothing_to_put_right_and_can_be_read_in_both_themes(drawing: Drawing) -> None:
    source = write.as_html(drawing.mail)

    assert findings(drawing.mail, ALLOWED, len(source)) == []
    assert faint(drawing.style) == []
    assert mistakes(drawing.subject, OutputContext.HEADER, ALLOWED) == []
    assert tree.read(drawing.mail.as_text()) == drawing.mail
    assert compile_part(source, OutputContext.HTML)
    assert len(source) < 40_000


@each
def test_a_drawing_shows_a_code_only_where_it_says_so(drawing: Drawing) -> None:
    assert ("voucher." in write.as_html(drawing.mail)) == (drawing.needs == "voucher")
