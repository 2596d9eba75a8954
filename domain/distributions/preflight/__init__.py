"""Before it goes: what a careful colleague would look at."""
