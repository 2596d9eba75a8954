"""How is the installation doing? What is due and late, and what each connection came to; read from rows, for operators."""
