"""Tests of scripts.demo.renderer."""
