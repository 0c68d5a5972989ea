"""The alarm stage: verdicts, alarms and their deliveries, and the store of what people decided."""
