"""What a file says before anything of it is taken: its columns guessed, all its lines asked, what would be refused."""
