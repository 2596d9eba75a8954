import dataclasses

import pytest

import settings

BY_NAME = {one.name: one for one in dataclasses.fields(settings.Settings)}


def test_an_empty_environment_means_the_defaults() -> None:
    assert settings.read({}) == settings.Settings()


def test_a_variable_is_read_by_its_own_name_and_as_its_own_type() -> None:
    read = settings.read({"PORT": "8001", "LARGESSE_DEMO": "0", "LARGESSE_DATA": "/srv/largesse", "DATABASE_URL": "postgresql://db/l"})

    assert (read.port, read.demo, str(read.data), read.database_url) == (8001, False, "/srv/largesse", "postgresql://db/l")


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("LARGESSE_DEMO", "perhaps")])
def test_a_value_that_cannot_be_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(settings.SettingsError, match=name):
        settings.read({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("LARGESSE_PROXIES", "-3"), ("LARGESSE_WEB_THREADS", "0"), ("LARGESSE_WEB_WORKERS", "0"),
     ("LARGESSE_WORKER_THREADS", "1000000"), ("LARGESSE_SESSION_DAYS", "99999999999"), ("LARGESSE_SESSION_IDLE_HOURS", "0"),
     ("LARGESSE_RECEIPTS_WAITING_MB", "-1"), ("LARGESSE_RESTART_AFTER", "-5"), ("LARGESSE_ALLOW_PRIVATE", "10.0.0"),
     ("LARGESSE_ALLOW_PRIVATE", "10.0.0.0/8, here"), ("LARGESSE_LOG_LEVEL", "LOUD"), ("DATABASE_URL", "mysql://ann:secret@db/l"),
     ("BROKER_URL", "http://ann:secret@broker"), ("LARGESSE_BIND", "no where"), ("LARGESSE_BIND", "http://127.0.0.1"),
     ("LARGESSE_FIRST_ADMIN", "ann"), ("LARGESSE_LOG_FORMAT", "xml"), ("LARGESSE_POSTGRES_OPTIONS", "nonsense"),
     ("LARGESSE_POSTGRES_OPTIONS", "work_mem = 64MB")],
)  # fmt: skip
def test_a_value_beyond_all_bounds_is_refused_by_name_and_no_password_is_repeated(name: str, value: str) -> None:
    with pytest.raises(settings.SettingsError, match=f"{name} must be ") as refused:
        settings.read({name: value})

    assert "secret" not in str(refused.value)


def test_every_whole_number_has_bounds_that_hold_its_default() -> None:
    numbers = {name: value for name, value in vars(settings.Settings()).items() if type(value) is int}

    assert numbers.keys() == settings.BOUNDS.keys()
    assert all(least <= numbers[name] <= most for name, (least, most) in settings.BOUNDS.items())


FREE = {"secret_keys", "metrics_token", "chromium"}
"""Text that may be anything, or whose first use says in words what is wrong with it."""


def test_every_text_is_asked_whether_it_can_be() -> None:
    texts = {name for name, value in vars(settings.Settings()).items() if type(value) is str}

    for name in texts - FREE:
        with pytest.raises(settings.SettingsError, match=f"{settings.variable(BY_NAME[name])} must be "):
            settings.read({settings.variable(BY_NAME[name]): "({ n o t h i n g"})


def test_a_key_is_never_invented(tmp_path: object) -> None:
    with pytest.raises(RuntimeError, match="LARGESSE_SECRET_KEYS"):
        _ = settings.read({"LARGESSE_DATA": str(tmp_path)}).keys
