"""Assign exercises for credit, and grade what comes back."""
