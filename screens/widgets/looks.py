"""Names of theme variables as styles, for widgets that draw their own lines."""

from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color, ColorParseError

_FAINT = {"text-muted": 0.4, "text-disabled": 0.6}


def theme_style(app: App[Any], name: str) -> Style:
    """The style of a theme variable such as "success" or "bold success"; an unknown name is plain."""
    *words, variable = name.split(" ")
    attributes = Style.parse(" ".join(words)) if words else Style.null()
    return attributes + _colour(app, variable)


def _colour(app: App[Any], variable: str) -> Style:
    variables = app.theme_variables
    if variable in {"bold", "italic", "reverse"}:
        return Style.parse(variable)
    if variable in _FAINT:
        faint = Color.parse(variables["foreground"]).blend(
            Color.parse(variables["background"]), _FAINT[variable]
        )
        return Style(color=faint.rich_color)
    try:
        return Style(color=Color.parse(variables.get(variable, "")).rich_color)
    except ColorParseError:
        return Style.null()
