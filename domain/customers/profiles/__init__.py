"""What is known of a customer: adding, changing, finding, exporting and erasing it."""
