"""Shows the desk: one module per screen, shared parts in `screens.widgets`; knows no database."""
