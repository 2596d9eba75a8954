"""Files in the languages of Europe: their headers are known, with and without accents."""

from pathlib import Path

import pytest

from domain.customers.imports.checks.guess import Surroundings, guess
from domain.customers.imports.reading.inspect import detect_format
from domain.customers.profiles import fields
from domain.customers.profiles.header_words import LANGUAGES, WORDS

MEANT = ["source_id", "first_name", "last_name", "email", "phone", "line1", "postal_code", "city", "country", "birthdate", "locale"]
HEADERS = {
    "de": "Kundennummer;Vorname;Name;E-Mail-Adresse;Telefon;Straße;PLZ;Ort;Land;Geburtsdatum;Sprache",
    "fr": "Numéro client;Prénom;Nom;Courriel;Téléphone;Adresse;Code postal;Ville;Pays;Date de naissance;Langue",
    "it": "Codice cliente;Nome;Cognome;Email;Cellulare;Indirizzo;CAP;Città;Paese;Data di nascita;Lingua",
    "es": "Número de cliente;Nombre;Apellidos;Correo electrónico;Teléfono;Dirección;Código postal;Ciudad;País;Fecha de nacimiento;Idioma",
    "pl": "Numer klienta;Imię;Nazwisko;Adres e-mail;Telefon;Ulica;Kod pocztowy;Miasto;Kraj;Data urodzenia;Język",
    "uk": "Номер клієнта;Ім'я;Прізвище;Електронна пошта;Телефон;Вулиця;Поштовий індекс;Місто;Країна;Дата народження;Мова",
    "ro": "Cod client;Prenume;Nume;Adresă de e-mail;Telefon;Stradă;Cod poștal;Oraș;Țară;Data nașterii;Limbă",
    "nl": "Klantnummer;Voornaam;Achternaam;E-mailadres;Telefoonnummer;Straat;Postcode;Plaats;Land;Geboortedatum;Taal",
    "tr": "Müşteri no;Ad;Soyad;E-posta;Cep telefonu;Adres;Posta kodu;Şehir;Ülke;Doğum tarihi;Dil",
    "ru": "Номер клиента;Имя;Фамилия;Электронная почта;Телефон;Улица;Почтовый индекс;Город;Страна;Дата рождения;Язык",
}
PLAIN = str.maketrans("éèçàùíóáúñąęłśżźćăâîșțşğıöüÉŢȚŞÜ", "eecauioaunaelszzcaaistsgiouETTSU")


def meant(tmp_path: Path, header: str) -> list[str]:
    path = tmp_path / "people.csv"
    path.write_text(f"{header}\n{';'.join('x' for _ in header.split(';'))}\n")
    return [column.to for column in guess(detect_format(path), Surroundings({}, {}, {}))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_of_a_language_are_known(tmp_path: Path, language: str) -> None:
    assert meant(tmp_path, HEADERS[language]) == MEANT


@pytest.mark.parametrize("language", ["fr", "es", "pl", "ro", "tr"])
def test_they_are_known_without_accents_too(tmp_path: Path, language: str) -> None:
    assert meant(tmp_path, HEADERS[language].translate(PLAIN)) == MEANT


@pytest.mark.parametrize(
    ("header", "name"), [("Nom;Courriel", "name"), ("Nome;Email", "name"), ("Naam;Email", "name"), ("Имя;Email", "first_name")]
)
def test_a_name_alone_is_the_whole_name(tmp_path: Path, header: str, name: str) -> None:
    assert meant(tmp_path, header)[0] == name


def test_no_word_means_two_facts() -> None:
    where: dict[str, list[str]] = {}
    for field in fields.FIELDS:
        for word in field.known_as:
            where.setdefault(word, []).append(field.key)

    assert {word: keys for word, keys in where.items() if len(keys) > 1} == {}
    assert WORDS.keys() <= fields.BY_KEY.keys()
