"""Files: written so that they last, read with care, and the room that they take."""
