"""Decides the verdict on every arrival, and nothing else."""

from receiver.intake.intake import Intake

__all__ = ["Intake"]
