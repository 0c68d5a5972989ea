"""Pictures of places with people and vehicles in them; knows nothing of seda or of serving."""
