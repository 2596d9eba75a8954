"""In which encoding a file is written is guessed, never silently: every likely reading is there to be compared."""

from pathlib import Path

import pytest

from domain.customers.imports.reading import encodings
from domain.customers.imports.reading.encodings import ENCODINGS
from domain.customers.imports.reading.inspect import detect_format

CASES = Path(__file__).parents[4] / "cases"
PEOPLE = {
    "cp1252": "id;name;city\n1;José García;Málaga\n2;Jürgen Weiß;Münster\n",
    "cp1251": "id;name;city\n1;Иван Петров;Москва\n2;Ольга Шевченко;Київ\n",
    "cp1253": "id;name;city\n1;Γιώργος Παπαδόπουλος;Αθήνα\n2;Μαρία;Θεσσαλονίκη\n",
    "mac_roman": "id;name;city\n1;Jürgen Weiß;Münster\n2;Zoë;Genève\n",
    "gb18030": "id;name;city\n1;王小明;北京\n2;李华;上海\n",
    "cp932": "id;name;city\n1;山田太郎;東京\n2;鈴木一郎;カタカナ\n",
    "utf-16-le": "id;name;city\n1;Łukasz;Łódź\n",
}


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    return path


def test_a_file_of_an_old_spreadsheet_on_a_mac_keeps_its_letters() -> None:
    seen = detect_format(CASES / "macroman.csv")

    assert seen.dialect.encoding == "mac_roman"
    assert seen.rows == [["mac.one@example.com", "Jürgen Weiß", "Münster"], ["mac.two@example.com", "Zoë", "Genève"]]


@pytest.mark.parametrize(("encoding", "people"), PEOPLE.items())
def test_files_of_many_languages_are_read_as_they_were_written(tmp_path: Path, encoding: str, people: str) -> None:
    assert detect_format(write(tmp_path, people.encode(encoding))).rows == [line.split(";") for line in people.splitlines()[1:]]


def test_other_likely_readings_are_shown_beside_the_guess(tmp_path: Path) -> None:
    path = write(tmp_path, "id;name\n1;Łukasz Żółć\n2;Jiří Dvořák\n".encode("cp1250"))

    likely = {letters.encoding: letters.words for letters in encodings.likely(path)}

    assert likely["cp1250"][:2] == ("Łukasz", "Żółć")
    assert len(set(likely.values())) == len(likely) > 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_can_be_chosen(tmp_path: Path, encoding: str) -> None:
    seen = detect_format(write(tmp_path, "id,name\n1,Dina\n".encode(encoding)), encoding, ",")

    assert (seen.header, seen.rows) == (["id", "name"], [["1", "Dina"]])
