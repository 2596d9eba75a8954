"""How work reaches a worker: nudges through a broker, and what each of them makes it do."""
