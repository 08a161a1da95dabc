"""Types out of their SQL text: 'ARRAY<INT NOT NULL>', 'ROW<a INT, b DECIMAL(10, 2)>'."""

from pyflink.table.types import DataTypes, MultisetType, Resolution, ZonedTimestampType

_PLAIN = {
    "BOOLEAN": DataTypes.BOOLEAN,
    "TINYINT": DataTypes.TINYINT,
    "SMALLINT": DataTypes.SMALLINT,
    "INT": DataTypes.INT,
    "INTEGER": DataTypes.INT,
    "BIGINT": DataTypes.BIGINT,
    "FLOAT": DataTypes.FLOAT,
    "DOUBLE": DataTypes.DOUBLE,
    "STRING": DataTypes.STRING,
    "BYTES": DataTypes.BYTES,
    "DATE": DataTypes.DATE,
    "NULL": lambda nullable: DataTypes.NULL(),
}

# With numbers in parentheses: what they are without.
_NUMBERED = {
    "CHAR": (DataTypes.CHAR, (1,)),
    "VARCHAR": (DataTypes.VARCHAR, (1,)),
    "BINARY": (DataTypes.BINARY, (1,)),
    "VARBINARY": (DataTypes.VARBINARY, (1,)),
    "DECIMAL": (DataTypes.DECIMAL, (10, 0)),
    "DEC": (DataTypes.DECIMAL, (10, 0)),
    "NUMERIC": (DataTypes.DECIMAL, (10, 0)),
    "TIME": (DataTypes.TIME, (0,)),
    "TIMESTAMP": (DataTypes.TIMESTAMP, (6,)),
    "TIMESTAMP_LTZ": (DataTypes.TIMESTAMP_LTZ, (6,)),
}

_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR")


def parse_type(text):
    """ValueError where the text is no type."""
    return _Parser(text).whole()


def _tokens(text):
    """Words, numbers, `quoted names`, 'comments' and single signs."""
    tokens, i = [], 0
    while i < len(text):
        c, start = text[i], i
        if c in "`'":
            end = text.find(c, i + 1)
            if end < 0:
                raise ValueError("'%s' is no type: no closing %s" % (text, c))
            i = end + 1
        elif c.isalnum() or c == "_":
            while i < len(text) and (text[i].isalnum() or text[i] == "_"):
                i += 1
        else:
            i += 1
        if not c.isspace():
            tokens.append(text[start:i])
    return tokens


class _Parser:
    """Recursive descent, one method a form."""

    def __init__(self, text):
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0

    def _peek(self):
        return self._tokens[self._next].upper() if self._next < len(self._tokens) else ""

    def _take(self, *words):
        """Whether these words come next, which then are read."""
        found = [token.upper() for token in self._tokens[self._next : self._next + len(words)]]
        if found != list(words):
            return False
        self._next += len(words)
        return True

    def _expect(self, word):
        if not self._take(word):
            raise ValueError(
                "'%s' is no type: '%s' expected, found '%s'" % (self._text, word, self._peek())
            )

    def whole(self):
        made = self._type()
        if self._next < len(self._tokens):
            raise ValueError("'%s' is no type: '%s' is too much" % (self._text, self._peek()))
        return made

    def _type(self):
        made = self._base()
        while True:
            if self._take("NOT", "NULL"):
                made = made.not_null()
            elif self._take("ARRAY"):
                made = DataTypes.ARRAY(made)
            elif self._take("MULTISET"):
                made = DataTypes.MULTISET(made)
            elif not self._take("NULL"):
                return made

    def _base(self):
        name = self._peek()
        self._next += 1
        if name == "DOUBLE":
            self._take("PRECISION")
        if name in _PLAIN:
            return _PLAIN[name](nullable=True)
        if name in _NUMBERED:
            make, default = _NUMBERED[name]
            return self._zoned(name, make(*(self._numbers() or default)))
        if name in ("ARRAY", "MULTISET", "MAP"):
            return self._nested(name)
        if name == "ROW":
            return self._row()
        if name == "INTERVAL":
            return self._interval()
        raise ValueError("'%s' is no type: unknown name '%s'" % (self._text, name))

    def _numbers(self):
        """(10, 2), also in part; () without parentheses."""
        numbers = []
        if self._take("("):
            while not self._take(")"):
                if not self._peek().isdigit():
                    raise ValueError("'%s' is no type: a number is expected" % self._text)
                numbers.append(int(self._peek()))
                self._next += 1
                self._take(",")
        return numbers if len(numbers) != 1 or self._is_single() else [*numbers, 0]

    def _is_single(self):
        """Of the numbered types only decimals take a second number."""
        words = self._tokens[: self._next]
        opened = len(words) - 1 - words[::-1].index("(")
        return words[opened - 1].upper() not in ("DECIMAL", "DEC", "NUMERIC")

    def _zoned(self, name, made):
        if self._take("WITHOUT", "TIME", "ZONE") or name != "TIMESTAMP":
            return made
        if self._take("WITH", "LOCAL", "TIME", "ZONE"):
            return DataTypes.TIMESTAMP_LTZ(made.precision)
        return ZonedTimestampType(made.precision) if self._take("WITH", "TIME", "ZONE") else made

    def _nested(self, name):
        self._expect("<")
        first = self._type()
        second = None
        if name == "MAP":
            self._expect(",")
            second = self._type()
        self._expect(">")
        if name == "MAP":
            return DataTypes.MAP(first, second)
        return MultisetType(first) if name == "MULTISET" else DataTypes.ARRAY(first)

    def _row(self):
        closing = ")" if self._take("(") else ">"
        if closing == ">":
            self._expect("<")
        fields = []
        while not self._take(closing):
            name = self._tokens[self._next].strip("`") if self._peek() else ""
            self._next += 1
            fields.append(DataTypes.FIELD(name, self._type()))
            if self._peek().startswith("'"):  # a comment
                self._next += 1
            if self._peek() != closing:
                self._expect(",")
        return DataTypes.ROW(fields)

    def _unit(self):
        name = self._peek()
        if name not in _UNITS:
            raise ValueError("'%s' is no type: unknown unit '%s'" % (self._text, name))
        self._next += 1
        numbers = self._numbers()
        return Resolution(_UNITS.index(name), *numbers[:1])

    def _interval(self):
        upper = self._unit()
        return DataTypes.INTERVAL(upper, self._unit() if self._take("TO") else None)
