"""The pages of XTiger for a Flask CRM: connect, panel posts, overview, pages of extensions."""

from xtiger.web.blueprint import blueprint
from xtiger.web.record import menu, panel_html

__all__ = ["blueprint", "menu", "panel_html"]
