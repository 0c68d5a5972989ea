"""The alarm stage: verdicts, alarms and their deliveries; it alone writes the store."""
