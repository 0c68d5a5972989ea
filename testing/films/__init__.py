"""Video and pictures to give to cameras, decoders and the detector."""
