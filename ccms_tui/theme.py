"""The desk's colours, all from the 256-colour palette: SSH without COLORTERM shows the same."""

from textual.theme import Theme

DESK = Theme(
    name="desk",
    primary="#5fafd7",
    secondary="#87afaf",
    accent="#ffaf5f",
    success="#87af5f",
    warning="#d7af5f",
    error="#d75f5f",
    foreground="#d0d0d0",
    background="#121212",
    surface="#1c1c1c",
    panel="#303030",
    boost="#262626",
    dark=True,
    variables={
        "bar": "#5f875f",
        "text-muted": "#8a8a8a",
        "text-disabled": "#626262",
        "scrollbar": "#444444",
        "scrollbar-hover": "#585858",
        "scrollbar-active": "#5fafd7",
        "scrollbar-background": "#1c1c1c",
        "scrollbar-background-hover": "#1c1c1c",
        "scrollbar-background-active": "#1c1c1c",
        "border": "#585858",
        "border-blurred": "#303030",
        "block-cursor-background": "#303030",
        "block-cursor-foreground": "#d0d0d0",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#303030",
        "input-selection-background": "#005f87",
    },
)
