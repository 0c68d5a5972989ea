"""How the appearance network came to be: what is drawn, how it is cut out, trained and built.

`python -P -m scripts.appearance.train` (needs PyTorch) makes `weights.npz` from drawn examples,
`python -P -m scripts.appearance.build` makes `anomaly/appearance.onnx` from that.
"""
