"""What a person waits for in front of the console, in Debian's Chromium, with all of seda running."""
