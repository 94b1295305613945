"""Where a list's rows come from: pages of a query, fetched as they come into view and kept for a while."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

PAGES_KEPT = 24


class Source(Protocol[Row_co]):
    """A query's rows in pages of `PAGE`. The store's listings have this shape."""

    @property
    def PAGE(self) -> int:
        """Rows in a page; the last page may be shorter."""
        ...

    async def count(self) -> int:
        """How many rows there are."""
        ...

    async def page(self, number: int, /) -> Sequence[Row_co]:
        """The rows of one page, counted from 0."""
        ...

    async def position(self, key: Any, /) -> int | None:
        """Where the row with this key stands, None when it is not among the rows."""
        ...


class MemorySource(Generic[Row]):
    """Rows that are few enough to be held in memory."""

    PAGE = 128

    def __init__(self, rows: Iterable[Row], key: Callable[[Row], Hashable]) -> None:
        self.rows = tuple(rows)
        self._positions = {key(row): index for index, row in enumerate(self.rows)}

    async def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    async def page(self, number: int, /) -> Sequence[Row]:
        """The rows of one page, counted from 0."""
        return self.rows[number * self.PAGE : (number + 1) * self.PAGE]

    async def position(self, key: Hashable, /) -> int | None:
        """Where the row with this key stands, None when it is not among the rows."""
        return self._positions.get(key)


class Pages(Generic[Row]):
    """The pages of one source that were seen lately."""

    def __init__(self, source: Source[Row], count: int) -> None:
        self.source = source
        self.count = count
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()

    def row(self, index: int) -> Row | None:
        """The row at `index`, None when its page is not here."""
        number, offset = divmod(index, self.source.PAGE)
        page = self._pages.get(number)
        return page[offset] if page is not None and offset < len(page) else None

    def missing(self, first: int, last: int, margin: int) -> int | None:
        """The page to fetch next: one with rows from `first` to `last`, else one within `margin` of them."""
        if not self.count:
            return None
        for low, high in ((first, last), (last, last + margin), (first - margin, first)):
            for number in range(self._number(low), self._number(high) + 1):
                if number not in self._pages:
                    return number
        return None

    async def fetch(self, number: int) -> None:
        """Bring one page here, forgetting the one not used for longest."""
        self._pages[number] = await self.source.page(number)
        self._pages.move_to_end(number)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)

    def _number(self, index: int) -> int:
        return max(0, min(index, self.count - 1)) // self.source.PAGE
