"""What `seda status` and `seda top` show: asked for, counted, laid out."""
