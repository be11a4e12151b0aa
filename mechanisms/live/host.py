"""What a figure and an exercise share: a widget in Jupyter, plain HTML everywhere else."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets


class Hosted(anywidget.AnyWidget):
    """A widget whose mime bundle also holds its HTML with its state as JSON, and no code.

    The book prefers that HTML and loads the script once for a page; nbviewer, e-mail and a
    browser without JavaScript show it as it is.
    """

    _html = traitlets.Unicode().tag(sync=True)

    def to_html(self) -> str:
        """Return what a static page holds: the default look with its state, and no code."""
        return str(self._html)

    def _words(self) -> str:
        """Say what it is, for a display that can show text only."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, *rest = bundle if isinstance(bundle, tuple) else (bundle,)
        data = {**(data or {}), "text/html": self.to_html(), "text/plain": self._words()}
        return (data, *rest) if rest else data
