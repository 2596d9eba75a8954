"""Reading files as people make them: torn, mixed, and in every encoding."""

import io
from pathlib import Path

import pytest

from domain.customers.imports import files
from domain.customers.imports.reading.inspect import detect_format
from domain.customers.imports.reading.reader import LONGEST_RECORD, MOST_LINES, Dialect, Record, records
from domain.kernel.errors import Refused


def write(tmp_path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = tmp_path / "f.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path: Path, width: int | None = 2, **dialect: object) -> list[Record]:
    return list(records(path, Dialect(**dialect), 0, 0, width))


def seen(found: list[Record]) -> list[tuple[int, list[str] | str]]:
    return [(r.line, r.wrong.split(".")[0] if r.wrong else r.cells) for r in found]


def test_quotes_line_breaks_and_blank_lines_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\r\n"1, one","two\nlines"\n\n,\n3,4"\n')

    assert seen(read(path)) == [(1, ["a", "b"]), (2, ["1, one", "two\nlines"]), (6, ["3", '4"'])]


def test_an_open_quotation_mark_costs_its_own_line_only(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,"open\n2,x\n3,"y"\n4,z\n')

    assert seen(read(path)) == [
        (1, ["a", "b"]), (2, "A quotation mark opens in it and is not closed"), (3, ["2", "x"]), (4, ["3", "y"]), (5, ["4", "z"]),
    ]  # fmt: skip


def test_an_open_quotation_mark_does_not_swallow_a_long_file(tmp_path: Path) -> None:
    rows = "".join(f"{n},x\n" for n in range(3 * MOST_LINES))
    path = write(tmp_path, f'a,b\n0,"open\n{rows}')

    found = read(path)

    assert [r.line for r in found if r.wrong] == [2]
    assert len(found) == 3 * MOST_LINES + 2


def test_what_follows_a_closing_quotation_mark_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n"Dina" Okafor,x\nc,d\n')

    assert seen(read(path)) == [(1, ["a", "b"]), (2, "Something follows a closing quotation mark"), (3, ["c", "d"])]


def test_bytes_of_another_encoding_are_named_where_they_stand(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\nJos\xe9,1\nEli,2\n")

    found = read(path)

    assert found[1].wrong == "Byte 4 of it (0xE9) is not UTF-8."
    assert seen(found)[2] == (3, ["Eli", "2"])
    assert seen(read(path, encoding="cp1252"))[1] == (2, ["José", "1"])


def test_zero_bytes_are_taken_out_and_told(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\nDi\0na,1\n")

    assert [(r.cells, r.nul) for r in read(path)] == [(["a", "b"], False), (["Dina", "1"], True)]


def test_a_line_without_end_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n" + b"x" * (2 * LONGEST_RECORD) + b"\nc,d\n")

    assert seen(read(path)) == [(1, ["a", "b"]), (2, "It is longer than 1 MB"), (3, ["c", "d"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encoding_delimiter_and_newline_are_guessed(tmp_path: Path, encoding: str, delimiter: str, newline: str) -> None:
    lines = [["name", "city", "note"], ["José", "Málaga", "a.b"], ["Dina", "Bristol", '"two\nlines"'], ["Zoë", "Köln", ""]]
    path = write(tmp_path, newline.join(delimiter.join(line) for line in lines).replace("two\n", f"two{newline}") + newline, encoding)

    found = detect_format(path)

    assert found.dialect.delimiter == delimiter
    assert (found.header, found.rows[0], found.rows[2]) == (["name", "city", "note"], ["José", "Málaga", "a.b"], ["Zoë", "Köln", ""])
    again = [r.cells for r in records(path, found.dialect, found.dialect.start, 0, 3)]
    assert len(again) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_reading_goes_on_from_any_record(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "".join(f'{n},"x\ny"\n' for n in range(50)), encoding)
    every = read(path, encoding=encoding)

    for place in every[::7]:
        rest = list(records(path, Dialect(encoding), place.after, place.next_line, 2))
        assert rest == every[every.index(place) + 1 :]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\n\n \n", "empty|nothing below"),
        (b"name,email\n", "header and nothing below"),
        (b"PK\x03\x04rest", "Excel or OpenDocument workbook"),
        (b"%PDF-1.7", "a PDF"),
        (",".join(f"c{n}" for n in range(400)).encode() + b"\n1", "400 columns"),
        (b'"name,email\n1,2\n', "first line cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_in_words(uploads: Path, content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        detect_format(files.keep(io.BytesIO(content))[0])


def test_a_file_that_is_too_large_leaves_nothing_behind(uploads: Path) -> None:
    with pytest.raises(Refused, match="larger than 1 MB"):
        files.keep(io.BytesIO(b"x" * (1 << 21)), largest=1 << 20)

    assert list(uploads.iterdir()) == []
