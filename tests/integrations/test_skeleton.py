"""What `make new-provider` writes: it names what is left to look up, and once that is filled in it is a provider like the others."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from integrations import skeleton
from integrations.contract import Provider

ROOT = Path(__file__).parent.parent.parent
FAMILY = ("tests/integrations/test_every_provider.py", "tests/integrations/test_every_provider_on_the_wire.py")
FILLED_IN = {
    "LOOK UP: the address of its API reference.": "https://docs.acme.example/messages",
    "LOOK UP: how it tells partial failure, throttling and a wrong key, and whether it recognises a repeated message.": (
        "One message a call: 422 refuses it, 429 asks for a pause, 401 is a wrong key. It recognises no repetition."
    ),
    "LOOK UP: a request that proves the key and sends nothing.": "Ask whether the key may send; nothing is sent.",
    "LOOK UP: one sentence on what it does with a message.": "Sends mails through Acme, one a call.",
    "LOOK UP: where a person finds it.": "In Acme: Settings, API keys.",
    "LOOK UP: its default.": "Only a proxy has another.",
    "LOOK UP: what Acme is, and what Largesse does with it, in two sentences.": "Acme is a mail service. Largesse sends mails through it.",
    "LOOK UP: where to find it, and the rights it needs": "Settings, API keys; it needs the right to send",
    "LOOK UP: paste real answers, with every personal value replaced.": "From its reference, with addresses of our own.",
    "LOOK UP: how it counts and refuses.": "It counts calls, and answers 422 to an address it does not know.",
}
"""What somebody who read Acme's documentation writes."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what belongs to providers, where one more can be written."""
    left_out = shutil.ignore_patterns("__pycache__")
    for folder in ("integrations", "tests/integrations", "docs/providers"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=left_out)
    for file in ("pyproject.toml", "tests/__init__.py", "static/icons.svg"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def fill_in(files: list[Path]) -> None:
    for file in files:
        text = file.read_text()
        for place, words in FILLED_IN.items():
            text = text.replace(place, words)
        file.write_text(text)


def family(project: Path) -> tuple[set[str], str]:
    """Which tests of the family Acme fails, and what they print."""
    command = (sys.executable, "-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-k", "acme", "-rA", "--tb=short", *FAMILY)
    said = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout
    results = [line.split(" - ")[0] for line in said.splitlines() if line.startswith(("PASSED ", "FAILED ", "ERROR "))]
    assert len(results) > 20, said
    return {line.rpartition("::")[2].partition("[")[0] for line in results if not line.startswith("PASSED ")}, said


def test_an_untouched_skeleton_fails_and_every_look_up_is_named(project: Path) -> None:
    files = skeleton.write("acme", project)

    failed, said = family(project)

    assert failed == {"test_nothing_is_left_to_look_up"}
    for file in files:
        numbers = [number for number, line in enumerate(file.read_text().splitlines(), 1) if "LOOK UP" in line]
        assert numbers
        assert all(f"{file.relative_to(project)}:{number}: " in said for number in numbers)


def test_a_skeleton_that_is_filled_in_is_a_provider_like_the_others(project: Path) -> None:
    fill_in(skeleton.write("acme", project))

    assert family(project)[0] == set()


def test_one_look_up_left_is_enough_to_fail(project: Path) -> None:
    files = skeleton.write("acme", project)
    fill_in(files)
    page = files[-1]
    page.write_text(page.read_text() + "\nLOOK UP: its prices.\n")

    failed, said = family(project)

    assert failed == {"test_nothing_is_left_to_look_up"}
    assert "docs/providers/acme.md:" in said
    assert ": LOOK UP: its prices." in said


def test_a_provider_without_a_stand_in_fails_and_is_told_where_it_belongs(project: Path) -> None:
    fill_in(skeleton.write("acme", project))
    (project / "tests/integrations/standins/acme.py").unlink()

    failed, said = family(project)

    assert failed == {"test_it_has_a_stand_in_that_a_whole_run_is_sent_through"}
    assert "write tests/integrations/standins/acme.py" in said


def test_an_adapter_that_would_send_twice_fails(project: Path) -> None:
    adapter, *others = skeleton.write("acme", project)
    fill_in([adapter, *others])
    honest = "fates.without_answer(result, [message])"
    assert honest in adapter.read_text()
    adapter.write_text(adapter.read_text().replace(honest, "fates.without_answer(result, [message], safe=True)"))

    assert family(project)[0] == {"test_what_was_cut_off_is_repeated_only_where_that_is_safe"}


def test_a_name_of_two_words_is_written_as_the_place_wants_it(tmp_path: Path) -> None:
    adapter, recordings, standin, page = skeleton.write("parcel_post", tmp_path)

    room: dict[str, object] = {"__name__": "parcel_post"}
    exec(compile(adapter.read_text(), adapter.name, "exec"), room)
    assert isinstance(room["PROVIDER"], Provider)
    assert room["PROVIDER"].key == "parcel_post"
    assert room["PROVIDER"].name == "Parcel Post"
    assert "def answer(situation" in recordings.read_text()
    assert "class ParcelPostStandIn(StandIn):" in standin.read_text()
    assert page.read_text().startswith("# Parcel Post")
    for file in (recordings, standin):
        compile(file.read_text(), file.name, "exec")


@pytest.mark.parametrize("name", ["", "Acme Inc", "../acme", "a"])
def test_a_name_that_is_no_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(skeleton.NotWritten, match="small letters"):
        skeleton.write(name, tmp_path)


def test_an_adapter_that_exists_is_not_written_over(tmp_path: Path) -> None:
    first, *_ = skeleton.write("acme", tmp_path)
    first.write_text("mine")

    with pytest.raises(skeleton.NotWritten, match="already"):
        skeleton.write("acme", tmp_path)

    assert first.read_text() == "mine"
