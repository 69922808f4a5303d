"""Measurements behind every claim about speed: ``make bench``."""
