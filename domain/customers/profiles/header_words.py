"""How do headers of files call the facts of a customer in other languages? One line a fact, one column a language.

The ten largest languages of Europe beside English. `name` is the full name where it stands alone, and beside one part the other part.
"""

import unicodedata

LANGUAGES = ("de", "fr", "it", "es", "pl", "uk", "ro", "nl", "tr", "ru")
_TABLE = """
first_name  | vorname, rufname | prénom | nome di battesimo, nome proprio | nombre de pila, primer nombre | imię, imiona | ім'я, імʼя | prenume, prenumele | voornaam | ad, adı, isim | имя
last_name   | nachname, familienname, zuname | nom de famille | cognome | apellido, apellidos | nazwisko | прізвище | nume de familie | achternaam, familienaam | soyad, soyadı, soyisim | фамилия
name        | vollständiger name, kunde, kundenname | nom, nom complet, client | nome, nome completo, nome e cognome, cliente | nombre, nombre completo, nombre y apellidos, cliente | imię i nazwisko, klient | піб, повне ім'я, клієнт | nume, nume complet, numele | naam, volledige naam, klant | ad soyad, adı soyadı, müşteri | фио, полное имя, клиент
email       | e-mail-adresse, mailadresse, emailadresse | courriel, adresse e-mail, adresse électronique | indirizzo e-mail, posta elettronica | correo, correo electrónico, dirección de correo | adres e-mail, poczta | електронна пошта, пошта, ел. пошта | adresă de e-mail, adresa email | e-mailadres | e-posta, eposta, e-posta adresi | электронная почта, почта, эл. почта
phone       | telefon, telefonnummer, handy, handynummer, mobil, mobilnummer, rufnummer | téléphone, numéro de téléphone, portable, tél | telefono, numero di telefono, cellulare | teléfono, número de teléfono, móvil, celular | telefon, numer telefonu, komórka, nr telefonu | телефон, номер телефону, мобільний | telefon, număr de telefon, mobil | telefoon, telefoonnummer, mobiel, gsm | telefon, telefon numarası, cep telefonu, gsm | телефон, номер телефона, мобильный
line1       | straße, strasse, adresse, anschrift, straße und hausnummer | rue, adresse, adresse postale | via, indirizzo | calle, dirección, domicilio | ulica, adres | вулиця, адреса | stradă, strada, adresă | straat, adres, straatnaam | sokak, adres, cadde | улица, адрес
postal_code | plz, postleitzahl | code postal, cp | cap, codice postale | código postal | kod pocztowy | поштовий індекс, індекс | cod poștal | postcode | posta kodu | почтовый индекс, индекс
city        | ort, stadt, wohnort | ville, commune, localité | città, comune, località | ciudad, población, localidad, municipio | miasto, miejscowość | місто, населений пункт | oraș, localitate | plaats, stad, woonplaats | şehir, il, ilçe | город, населённый пункт
region      | bundesland | région, département | provincia, regione | provincia, región, comunidad autónoma | województwo | область | județ | provincie | bölge | область, регион
country     | land | pays | paese, nazione | país | kraj, państwo | країна | țară, țara | land | ülke | страна
birthdate   | geburtstag, geburtsdatum | date de naissance, anniversaire | data di nascita, compleanno | fecha de nacimiento, cumpleaños | data urodzenia, urodziny | дата народження, день народження | data nașterii, zi de naștere | geboortedatum, verjaardag | doğum tarihi, doğum günü | дата рождения, день рождения
locale      | sprache | langue | lingua | idioma, lengua | język | мова | limbă, limba | taal | dil | язык
source_id   | kundennummer, kundennr, kunden-id | numéro client, id client | codice cliente, numero cliente | número de cliente, id cliente | numer klienta, id klienta | номер клієнта | cod client, număr client | klantnummer, klantnr | müşteri no, müşteri numarası | номер клиента, код клиента
"""  # noqa: E501 - a table is read by its columns
GIVEN_BESIDE = frozenset({"nome", "nombre"})
"""Words for a name that mean the first name where a last name stands beside."""
FAMILY_BESIDE = frozenset({"nom", "nume", "numele", "naam", "name"})
"""Words for a name that mean the last name where a first name stands beside; `name` only in a German file."""
GERMAN = "vorname"


def letters(name: str) -> str:
    """A header, of which only letters and digits count."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _plain(word: str) -> str:
    """Without accents, as many files have it."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).replace("ł", "l").replace("ı", "i")


def _words() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _TABLE.strip().splitlines():
        key, *columns = (cell.strip() for cell in line.split("|"))
        words = {letters(word) for column in columns for word in column.split(",")}
        found[key] = words | {letters(_plain(word)) for column in columns for word in column.split(",")}
    return {key: frozenset(words) for key, words in found.items()}


WORDS = _words()
"""Key of a fact -> its headers in all languages, with and without accents, folded as by `letters`."""
