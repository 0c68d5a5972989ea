"""Detection: from the frames of a chunk to one frame, its threat and its evidence.

In the order in which a chunk goes through them, imports pointing back: seeing (small pictures),
usual and tracks (what is learned), memory (all of it of one camera), judging (how rare that is),
breaches of rules, causes (boxes and words), detect. Beside them plugins and evaluation.
"""
