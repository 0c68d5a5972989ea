"""Pictures of what people see, for the documents and for a look."""
