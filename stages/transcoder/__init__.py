"""The transcoder stage: chunks in, batches of JPEG frames out, and the picture store."""
