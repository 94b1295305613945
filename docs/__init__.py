"""The project's pictures and pages."""
