"""How somebody shows who they are: passwords, second factors, tries that are counted, sessions and their ends."""
