"""What a person waits for in front of the console, in Chromium, with all of seda running."""
