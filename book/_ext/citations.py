"""How the list of references looks: surname first, initials, alphabetical."""

from typing import Any

from pybtex.plugin import find_plugin, register_plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.template import field, sentence
from sphinx.application import Sphinx


class BookStyle(Style):  # type: ignore[misc]
    """Plain style with names as they are looked up."""

    default_name_style = "lastfirst"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "abbreviate_names": True})
        self._formatted: dict[tuple[str, str], Any] = {}

    def format_entry(self, label: str, entry: Any, bib_data: Any = None) -> Any:
        """Format once what is asked for twice: for the list, and for the tip at each citation."""
        if (label, entry.key) not in self._formatted:
            self._formatted[label, entry.key] = super().format_entry(label, entry, bib_data)
        return self._formatted[label, entry.key]

    def format_title(self, entry: Any, which_field: str, as_sentence: bool = True) -> Any:
        """Keep the capitals of the source: PET and SPECT are not words."""
        title = field(which_field)
        return sentence[title] if as_sentence else title


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the style under the name that the configuration uses."""
    register_plugin("pybtex.style.formatting", "book", BookStyle)
    # Asked for at each citation, and else sought each time among all installed packages.
    backend = find_plugin("pybtex.backends", "plaintext")
    register_plugin("pybtex.backends", "plaintext", backend, force=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
