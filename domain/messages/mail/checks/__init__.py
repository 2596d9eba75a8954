"""What is to be put right in a mail of blocks, and what is worth a thought before it goes out."""
