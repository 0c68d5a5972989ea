"""Pictures that people upload as test frames: checked, decoded apart, explained."""
