"""What is done to a mail of blocks keeps every block, its footer and its ids; and a stored mail comes back to the letter."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages.blocks.catalogue import block_kinds
from domain.messages.mail import change, tree
from domain.messages.mail.change import Place
from domain.messages.mail.tree import Mail
from tests.domain.messages.mail.trees import mails

PLACES = st.builds(Place, st.integers(-2, 9), st.sampled_from(("", "b1", "b2", "b3", "b4", "b99")), st.integers(-1, 4))
IDS = st.sampled_from([f"b{n}" for n in range(12)])


def ids(mail: Mail) -> list[str]:
    return sorted(one.id for one in mail.every_block())


@settings(max_examples=100, deadline=None)
@given(mails(), st.lists(st.tuples(IDS, PLACES, st.integers(0, 5)), max_size=6))
def test_whatever_is_done_to_a_mail_it_stays_one_that_can_be_stored_and_read(mail: Mail, steps: list[tuple[str, Place, int]]) -> None:
    kinds = list(block_kinds().values())
    for id, place, what in steps:
        before = ids(mail)
        match what:
            case 0:
                mail = change.moved(mail, id, place)
                assert ids(mail) == before
            case 1:
                mail = change.shifted(mail, id, 1 if place.index > 2 else -1)
                assert ids(mail) == before
            case 2:
                mail, _ = change.duplicated(mail, id)
            case 3:
                mail = change.removed(mail, id)
            case 4:
                mail, _ = change.added(mail, kinds[place.index % len(kinds)], place)
            case 5:
                mail = change.with_columns(mail, id, place.index)
                assert ids(mail) == before

    assert tree.read(mail.as_text()) == mail
    assert tree.read(mail.as_text()).as_text() == mail.as_text()
    assert mail.blocks[-1].kind == "footer"
    assert sum(one.kind == "footer" for one in mail.every_block()) == 1


def three() -> Mail:
    kinds = block_kinds()
    return tree.edged(
        Mail((tree.new_block(kinds["text"], "b1"), tree.new_block(kinds["columns"], "b2"), tree.new_block(kinds["button"], "b3")))
    )


def test_a_block_goes_into_a_column_and_leaves_it_at_its_end() -> None:
    inside = change.moved(three(), "b3", Place(0, "b2", 1))

    assert [one.id for one in inside.blocks[:2]] == ["b1", "b2"]
    assert [one.id for one in inside.blocks[1].columns[1]] == ["b3"]
    assert [one.id for one in change.shifted(inside, "b3", 1).blocks][:3] == ["b1", "b2", "b3"]
    assert [one.id for one in change.shifted(inside, "b3", -1).blocks][:3] == ["b1", "b3", "b2"]


def test_fewer_columns_lose_nothing() -> None:
    mail = change.with_columns(change.moved(three(), "b3", Place(0, "b2", 1)), "b2", 1)

    assert [[one.id for one in column] for column in mail.blocks[1].columns] == [["b3"]]


def test_the_footer_stays_and_the_header_stands_first() -> None:
    mail, header = change.added(three(), block_kinds()["header"], Place(2))

    assert mail.blocks[0].id == header
    assert change.removed(mail, mail.blocks[-1].id) == mail
    assert change.shifted(mail, header, 1) == mail
    assert change.added(mail, block_kinds()["header"], Place(0)) == (mail, header)
