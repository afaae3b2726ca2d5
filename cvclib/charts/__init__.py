"""Figures in the house style: frames in, matplotlib figures out; nothing here knows where its numbers came from."""
