"""What is released, built and tried as a stranger would: `python -m release`."""
