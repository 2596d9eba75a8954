"""Files that programs ask for, as they stand."""
