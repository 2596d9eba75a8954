"""The third step of the wizard: its form, one channel as it is typed, and one as it arrives."""
