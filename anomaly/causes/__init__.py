"""Why a frame is shown: its cause, its boxes and its words, found from the numbers."""
