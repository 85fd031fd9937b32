"""The scripts, oldest first. Each names the one before it."""
