from pathlib import Path

import pytest

from integrations import skeleton
from integrations.contract import Provider


def test_a_skeleton_is_a_provider_with_recordings_and_a_page(tmp_path: Path) -> None:
    adapter, recordings, page = skeleton.write("parcel_post", tmp_path)

    room: dict[str, object] = {"__name__": "parcel_post"}
    exec(compile(adapter.read_text(), adapter.name, "exec"), room)
    assert isinstance(room["PROVIDER"], Provider)
    assert room["PROVIDER"].key == "parcel_post"
    assert room["PROVIDER"].name == "Parcel Post"
    assert "def peer(situation" in recordings.read_text()
    assert page.read_text().startswith("# Parcel Post")


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
