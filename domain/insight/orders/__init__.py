"""What happened to orders, and what that started."""
