"""Messages: the marketer's words, compiled once into static pieces and slots, so that per recipient only the slots are rendered."""
