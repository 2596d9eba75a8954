import pytest

import settings


def test_an_empty_environment_means_the_defaults() -> None:
    assert settings.read({}) == settings.Settings()


def test_a_variable_is_read_by_its_own_name_and_as_its_own_type() -> None:
    read = settings.read({"PORT": "8001", "LARGESSE_DEMO": "0", "LARGESSE_DATA": "/srv/largesse", "DATABASE_URL": "postgresql://db/l"})

    assert (read.port, read.demo, str(read.data), read.database_url) == (8001, False, "/srv/largesse", "postgresql://db/l")


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("LARGESSE_DEMO", "perhaps")])
def test_a_value_that_cannot_be_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(settings.SettingsError, match=name):
        settings.read({name: value})


def test_a_key_is_never_invented(tmp_path: object) -> None:
    with pytest.raises(RuntimeError, match="LARGESSE_SECRET_KEYS"):
        _ = settings.read({"LARGESSE_DATA": str(tmp_path)}).keys
