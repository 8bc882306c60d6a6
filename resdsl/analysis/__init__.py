"""What a network costs and sees, read off the IR."""
