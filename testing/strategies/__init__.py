"""What Hypothesis draws, for every test that needs it."""
