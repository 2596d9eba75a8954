"""What are they called, where do they live and what do they like? Words only; nobody here exists."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Amelia Oliver Isla George Ava Arthur Mia Noah Ivy Muhammad Lily Leo Florence Oscar Freya Harry Poppy Archie Willow "
    "Jack Rosie Henry Sophie Theo Evelyn Freddie Grace Charlie Emily Jude Phoebe Alfie Daisy Isaac Millie Tom Alice Luca "
    "Elsie Rory Aisha Kwame Priya Arjun Zofia Piotr Chidi Ngozi Mei Wei Sofia Mateo Inês Tiago Siobhán Ciarán Anwen Rhys "
    "Fatima Yusuf Hanne Lars Chloé Étienne Marta Bartosz Leila Omar Saoirse Declan Bronwen Gethin Nia Owain Harriet Hugo "
    "Beatrice Felix Martha Stanley"
)
LAST = _words(
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts "
    "Green Hall Wood Jackson Clarke Harris Lewis Cooper King Baker Martin Morris James Morgan Khan Begum Allen Phillips Lee "
    "Hussain Murphy Kelly Singh Ali Okafor Mensah Kowalski Nowak Wiśniewski Novák Silva Santos Ferreira Costa García López "
    "Rossi Ferrari Müller Schmidt Bakker Jansen Dubois Laurent O’Brien O’Connor Byrne Gallagher Llewellyn Griffiths "
    "Pritchard Bevan Cadogan Vaughan Fletcher Mason Potter Miller Weaver Thatcher Cartwright Hartley Whitfield Ashdown "
    "Pemberton Sinclair Abernathy Kaur Chowdhury Rahman Adeyemi Nakamura Chen Wong Nguyen Tran Ivanova Petrov"
)
CITIES = (
    ("Bristol", "BS", 44), ("Bath", "BA", 21), ("Cardiff", "CF", 10), ("London", "SE", 8), ("Gloucester", "GL", 6), ("Exeter", "EX", 5),
    ("Swindon", "SN", 4), ("Taunton", "TA", 2),
)  # fmt: skip
"""City, beginning of its postal codes, share in percent."""
STREETS = (
    "Corn Street", "Gloucester Road", "North Street", "Park Row", "Whiteladies Road", "Old Market", "Mill Lane", "Station Road",
    "Church Lane", "Victoria Terrace", "Queen Square", "Harbour Way", "Orchard Close", "High Street", "Chandos Road", "Walcot Street",
)  # fmt: skip
FAVOURITES = (
    "Dark rye", "Sourdough", "Cinnamon bun", "Maple pecan plait", "Seeded spelt", "Focaccia", "Croissant", "Stollen", "Custard tart",
)  # fmt: skip
CAST = (
    ("Dina Okafor", "Bristol", 7, 81, "Dark rye"), ("Łukasz Wiśniewski", "Bath", 4, 64, "Sourdough"),
    ("Maria do Rosário Vasconcelos", "Bristol", 12, 70, "Custard tart"), ("Hanne Bakker", "Bristol", 3, 118, "Seeded spelt"),
    ("Tom Jenkins", "Bath", 5, 93, "Cinnamon bun"),
)  # fmt: skip
"""Regulars whom the documentation knows: name, city, orders, days since the last one, favourite."""
