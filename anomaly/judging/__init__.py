"""How rare what is seen is on this camera: evidence in numbers, kind by kind."""
