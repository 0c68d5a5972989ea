"""Settings: the schema, how the file is loaded, and the commented default file."""
