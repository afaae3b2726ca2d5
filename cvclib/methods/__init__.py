"""The statistics: arrays or frames in, estimates with intervals out; no client, no files, no plotting."""
