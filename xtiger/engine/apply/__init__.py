"""Carries out a plan and books it."""
