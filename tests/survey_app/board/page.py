"""Reading a web page as a browser and a screen reader do: elements, names, headings, addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}

#: Elements that stand within a line of text.
INLINE = {"a", "b", "span", "code"}

#: Elements of SVG that may close themselves.
SHAPES = {"rect", "circle", "line", "polygon", "path"}

ADDRESSES = ("href", "src", "action", "poster", "data", "srcset", "xlink:href", "formaction")


@dataclass
class Element:
    """One element with what is inside it."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    content: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """The elements directly inside."""
        return [part for part in self.content if isinstance(part, Element)]

    @property
    def text(self) -> str:
        """All text inside, with single spaces."""
        return " ".join(self._words().split())

    def _words(self) -> str:
        inside = "".join(part if isinstance(part, str) else part._words() for part in self.content)
        return inside if self.tag in INLINE else f" {inside} "


class Page(HTMLParser):
    """A parsed page. ``mistakes`` holds every tag that does not close where it should."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.mistakes: list[str] = []
        self.doctype = ""
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        self.mistakes += [f"<{element.tag}> is never closed" for element in self._open]

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self._add(tag, attrs)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)
        if tag not in VOID | SHAPES:
            self.mistakes.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1].tag == tag:
            self._open.pop()
        else:
            self.mistakes.append(f"</{tag}> at {self.getpos()} closes nothing")

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].content.append(data)

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> Element:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.mistakes.append(f"<{tag}> has an attribute twice: {names}")
        parent = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        if parent is not None:
            parent.content.append(element)
        self.elements.append(element)
        return element

    def all(self, *tags: str) -> list[Element]:
        """All elements with one of these tags, in document order."""
        return [element for element in self.elements if element.tag in tags]

    def one(self, tag: str) -> Element:
        """The only element with this tag."""
        (element,) = self.all(tag)
        return element

    @property
    def addresses(self) -> list[str]:
        """Everything that a browser could fetch or follow."""
        return [e.attributes[name] for e in self.elements for name in ADDRESSES if name in e.attributes]

    @property
    def ids(self) -> list[str]:
        """All ids."""
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]
