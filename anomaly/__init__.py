"""Detection: features, camera memory, calibration, evidence and plug-ins."""
