"""Pictures that no mail needs are forgotten after a week; those of drafts stay, and those that were launched stay for ever."""

import io

from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.kernel.base import new_id
from domain.tables.distributions import MailPicture
from domain.workspace.pictures import forget, keep
from tests.scenes import ANN


def picture(session: Session, grey: int) -> MailPicture:
    out = io.BytesIO()
    Image.new("L", (8, 8), grey).save(out, "PNG")
    return keep.keep(session, ANN, out.getvalue(), f"C:\\Pictures\\grey\x07 {grey}.png")


def kept(session: Session) -> set[str]:
    return set(session.scalars(select(MailPicture.word)))


def a_week_later(session: Session) -> None:
    session.execute(text("UPDATE pictures SET unused_since = unused_since - interval '8 days'"))


def test_only_what_neither_a_draft_nor_a_sent_mail_names_is_forgotten(session: Session) -> None:
    loose, written, sent = picture(session, 1), picture(session, 2), picture(session, 3)
    row = draft.create(session, ANN)
    parts = {"html": f'<img src="{keep.address(session, written)}">'}
    spec = Spec(channels=(ChannelSpec(key="c1", connection_id=new_id(), mode="mail", parts=parts),))
    row = draft.store(session, row.id, spec, row.row_version, ANN)
    keep.launched(session, [keep.address(session, sent)])

    forget.forget(session)
    assert kept(session) == {loose.word, written.word, sent.word}
    session.expire_all()
    assert (loose.unused_since is None, written.unused_since) == (False, None)
    a_week_later(session)
    forget.forget(session)
    assert kept(session) == {written.word, sent.word}

    draft.delete(session, row.id, ANN)
    forget.forget(session)
    a_week_later(session)
    forget.forget(session)
    assert kept(session) == {sent.word}


def test_what_is_used_again_within_the_week_stays(session: Session) -> None:
    one = picture(session, 4)
    forget.forget(session)
    session.expire_all()
    assert one.unused_since

    again = picture(session, 4)

    assert again.word == one.word
    assert again.unused_since is None
    assert one.name == "grey 4.png"
