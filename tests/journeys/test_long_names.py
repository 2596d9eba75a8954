"""Names of 175 letters, without a space, break no page; and on a phone everything one presses is large enough to be met.

Every page of the bakery is looked at, with every name in it made long: of campaigns, segments, customers, distributions,
connections and members.
"""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from domain.tables.journal import Job
from tests.journeys.installation import Installation, started
from tests.journeys.tab import SIDEWAYS, Look, Tab
from tests.journeys.test_every_page import kind, links

LONG = "Donaudampfschifffahrtsgesellschaft" * 5 + "Käpt’n"
MOST = 60
NAMED = ("campaigns", "segments", "distributions", "connections")
SMALL = """
() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(one => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || !box.height || style.visibility === 'hidden' || one.closest('.sr, .skip')) return false;
    if (style.clipPath === 'inset(50%)') return false;
    const label = one.closest('label')?.getBoundingClientRect();
    if (label && label.height >= 24 && label.width >= 24) return false;
    const inline = style.display === 'inline' && one.matches('a');   // a link in a sentence, or in a line of text
    return !inline && (box.width < 23.5 || box.height < 23.5);
}).map(one => one.outerHTML.slice(0, 120) + ' ' + JSON.stringify(one.getBoundingClientRect()).slice(0, 90))
"""
WIDE = """
() => [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && getComputedStyle(one).position !== 'fixed').slice(0, 3).map(one => one.outerHTML.slice(0, 160))
"""
SPILT = """
() => [...document.querySelectorAll('.tabs a')].filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => one.textContent.slice(0, 40))
"""


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started(demo=True) as installation:
        installation.until(lambda session: not session.scalars(select(Job.id).where(Job.state.in_(("queued", "running")))).all(), 60)
        with installation.transaction() as session:
            for table in NAMED:
                session.execute(
                    text(f"UPDATE {table} SET name = :long || right(id::text, 3), name_key = lower(:long) || right(id::text, 3)"),
                    {"long": LONG[:172]},
                )
            session.execute(text("UPDATE customers SET typed_name = :long WHERE email <> ''"), {"long": LONG[:175]})
            session.execute(text("UPDATE users SET name = :long WHERE email LIKE 'ann%' OR email LIKE 'ada%'"), {"long": LONG[:175]})
        yield installation


@pytest.fixture
def look() -> Look:
    return Look("light", 1280)


def sent(session: Session) -> dict[str, str]:
    """Pages of what the bakery has sent: reports, lists of deliveries, a delivery, somebody who used a code."""
    rows = session.execute(text("SELECT id, live FROM distributions WHERE status IN ('done', 'ended') ORDER BY live, id")).all()
    once, live = (next(outside(Prefix.DISTRIBUTION, row.id) for row in rows if row.live is wanted) for wanted in (False, True))
    delivery, customer = session.execute(
        text("SELECT id, customer_id FROM deliveries WHERE clicked_at IS NOT NULL ORDER BY id LIMIT 1")
    ).one()
    of = session.execute(text("SELECT distribution_id FROM deliveries WHERE id = :id"), {"id": delivery}).scalar_one()
    return {
        "report": f"/distributions/{once}",
        "report of a live one": f"/distributions/{live}",
        "deliveries": f"/distributions/{once}/deliveries",
        "delivery": f"/distributions/{outside(Prefix.DISTRIBUTION, of)}/deliveries/{outside(Prefix.DELIVERY, delivery)}",
        "customer": f"/customers/{outside(Prefix.CUSTOMER, customer)}",
    }


def test_long_names_break_no_page_and_targets_are_large_enough(open_tab: Callable[..., Tab], installation: Installation) -> None:
    tab = open_tab("ada")
    with installation.transaction() as session:
        seen = {"home": "/"} | sent(session)
    waiting = list(seen.values())

    while waiting:
        path = waiting.pop(0)
        tab.goto(path)
        for width in (1280, 390):
            tab.page.set_viewport_size({"width": width, "height": 844})
            if over := tab.page.evaluate(SIDEWAYS):
                tab.problems.append(f"{path} at {width} scrolls sideways by {over} px: {tab.page.evaluate(WIDE)}")
        tab.problems += [f"{path}: the words of a tab lie over the next one: {one}" for one in tab.page.evaluate(SPILT)]
        tab.problems += [f"{path}: smaller than 24 px: {one}" for one in tab.page.evaluate(SMALL)]
        for link in links(tab):
            if kind(link) not in seen and len(seen) < MOST:
                seen[kind(link)] = link
                waiting.append(link)

    assert len(seen) > 20, seen
