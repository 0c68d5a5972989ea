"""Cameras and servers of video: scripted ones, misbehaving ones, and programs of others."""
