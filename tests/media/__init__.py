"""Tests of pictures and video as bytes."""
