"""What is kept of judged frames, and what gives way when room or time is up."""
