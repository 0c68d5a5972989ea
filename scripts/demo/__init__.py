"""Demo cameras: rendered places with people, vehicles and staged incidents, served over HTTP."""
