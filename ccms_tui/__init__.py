"""Runs the desk: command line, settings, the application shell, mail delivery and the demo."""

__version__ = "0.4.0"
