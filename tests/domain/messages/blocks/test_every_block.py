"""What every block of a mail is asked, found by looking."""

from dataclasses import replace

import pytest

from domain.messages.blocks.catalogue import block_kinds
from domain.messages.blocks.contract import BlockControl, BlockKind
from domain.messages.mail import tree
from domain.messages.mail.checks.findings import findings
from domain.messages.mail.compiler import write
from domain.messages.mail.tree import Mail
from domain.messages.variables import VARIABLES
from tests.journeys.installation import ROOT

KINDS = list(block_kinds().values())
every_block = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)


def mail_with(kind: BlockKind, **values: object) -> Mail:
    block = tree.new_block(kind, "b1")
    if kind.columns:
        block = replace(block, columns=((tree.new_block(block_kinds()["text"], "b2"),), ()))
    return tree.edged(Mail((replace(block, values={**block.values, **values}),)))


@every_block
def test_a_block_fits_its_own_fields_and_comes_back_as_it_was_stored(kind: BlockKind) -> None:
    assert all(field.fits(field.default) for field in kind.fields)
    assert tree.read(mail_with(kind).as_text()) == mail_with(kind)
    assert len({field.key for field in kind.fields}) == len(kind.fields)


@every_block
def test_what_is_typed_into_a_block_arrives_in_html_and_in_text(kind: BlockKind) -> None:
    typed = {
        field.key: "Zwieback"
        for field in kind.fields
        if field.control in {BlockControl.LINE, BlockControl.LINES, BlockControl.RICH, BlockControl.HTML}
    }
    typed |= {
        field.key: "https://zwieback.example" for field in kind.fields if field.control in {BlockControl.ADDRESS, BlockControl.PICTURE}
    }
    mail = mail_with(kind, **typed)

    if typed:
        assert "wieback" in write.as_html(mail)
        assert "wieback" in write.as_text(mail)


@every_block
def test_every_choice_of_a_block_can_be_written(kind: BlockKind) -> None:
    for field in kind.fields:
        for key, _ in field.choices:
            assert write.as_html(mail_with(kind, **{field.key: key}))


@every_block
def test_the_icon_of_a_block_is_in_the_sprite(kind: BlockKind) -> None:
    assert f'id="{kind.icon}"' in (ROOT / "static" / "icons.svg").read_text()


@every_block
def test_an_unknown_variable_is_found_where_it_was_typed(kind: BlockKind) -> None:
    for field in kind.fields:
        if field.control in {BlockControl.LINE, BlockControl.RICH, BlockControl.HTML, BlockControl.ADDRESS}:
            found = findings(mail_with(kind, **{field.key: "{{ customer.shoe }}"}), VARIABLES)

            assert any(one.block == "b1" and one.field == field.key and "customer.shoe" in one.text for one in found), field.key
