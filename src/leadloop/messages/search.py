"""Problems of a search query, each at a place in its text (`core/search`)."""

ENGLISH = {
    "search_at": "at character {character}: {problem}",
    "search_too_long": "a query has at most {limit:,} characters",
    "search_unstorable": "no control characters and no half of a surrogate pair; take it out",
    "search_too_many_terms": "a query has at most {limit} terms",
    "search_minus": "a minus stands right before what is to be left out, as in -tag:vip",
    "search_value_missing": "a value is missing after this; a text with spaces needs quotes",
    "search_too_many_values": "one field takes at most {limit} values",
    "search_quote_open": 'this quote is never closed; a quote that is part of the text is written \\"',
    "search_quote_inside": 'quotes go around a whole value; a quote that is part of the text is written "\\""',
    "search_space_missing": "a space is missing after the quote",
    "search_field_unknown": "no field has this name ({known}); to search for the text itself, put it in quotes",
    "search_near": "did you mean {near:or}?",
    "search_choices": "it can be {choices}",
    "search_not_measured": "only these are greater or less: {fields}; write {field}: and a value",
    "search_no_word": "a name or an e-mail is found by its words, and here is no letter and no digit",
    "search_phone": "a phone has {least} to {most} digits: the whole number or its end, "
    'as in phone:"+55 11 98765-4321" or phone:4321',
    "search_empty": "this is empty; write what is to be found",
    "search_one_value": "one value or a range, as in 1..2; decimals are written with a point",
    "search_range": "a range is written {field}:from..to; one side may be left out",
    "search_backwards": "this range ends before it begins; write the smaller value first",
    "search_bounds": "this is out of bounds; write a value from {least} to {most}",
    "search_time_bounds": "this is out of bounds; write a time from 0001-01-01 to 9999-12-30",
    "search_thousands": "this can be read as thousands or as decimals: write 1000, or 1.0000 with four decimals",
    "search_number": "a number is written 1000 or 1000.50: a point before up to 6 decimals, nothing between thousands",
    "search_time": "a time is a day (2026-01-31), a month (2026-01), a year (2026), an instant (2026-01-31T13:45:00Z), "
    "today, yesterday, or so many days or weeks ago (-7d, -2w)",
}
