"""Every way in which one of the three files can be wrong, and what the sentence about it has to say.

Beside each damage stand the words that lead a newcomer to the place and to the remedy.
"""

from __future__ import annotations

import shutil

from tests.survey_app.damages import (
    Damage,
    a_folder,
    answers,
    cell,
    content,
    gone,
    own_instrument,
    pack_beside,
    pipe,
    recoded,
    roster,
    survey,
    survey_end,
)
from tests.survey_app.small_survey import HEADER, ITEMS, SURVEY, as_csv

Cases = dict[str, tuple[Damage, tuple[str, ...]]]

LINE = "ballot,year,team,gender"
NAMES = 'name = "B"\ncategories = [{key="a",nl="a",en="a"}, {key="b",nl="b",en="b"}]'
FIRST = "2026-0,2026,Team Noord,women,"

SURVEY_FILE: Cases = {
    "absent": (gone("survey.toml"), ("survey.toml: cannot be read", "check the path")),
    "a folder": (a_folder("survey.toml"), ("survey.toml: cannot be read", "directory")),
    "a pipe": (pipe("survey.toml"), ("survey.toml: is not a plain file", "save it as a file")),
    "empty": (content("survey.toml", b""), ("survey.toml: [survey] is missing",)),
    "latin-1": (
        lambda s: s.survey.write_bytes(SURVEY.replace("Voorbeeld", "Coöperatie").encode("latin-1")),
        ("survey.toml: line 2 is not UTF-8", "save the file as UTF-8"),
    ),
    "UTF-16": (recoded("survey.toml", "utf-16"), ("survey.toml: line 1 is not UTF-8",)),
    "not TOML": (survey('"Voorbeeld BV"', "Voorbeeld BV"), ("survey.toml", "not valid TOML", "line 2", "quotes")),
    "answers instead": (lambda s: shutil.copy(s.answers, s.survey), ("survey.toml", "not valid TOML", "line 1")),
    "too large": (content("survey.toml", b"#" * 1_000_001), ("survey.toml", "larger than 1 MB", "--survey")),
    "nested too deeply": (content("survey.toml", b"a = " + b"[" * 5000), ("survey.toml", "nested too deeply")),
    "far too many digits": (survey("k = 10", "k = " + "9" * 9000), ("survey.toml", "too many digits")),
    "NUL byte": (survey("Voorbeeld", "Voor\0beeld"), ("survey.toml", "not valid TOML", "line 2")),
    "unknown top key": (survey_end("\n[cut]\n"), ("unknown key 'cut' (did you mean 'cuts'?)",)),
    "unknown survey key": (survey("wave =", "waves ="), ("[survey] has an unknown key 'waves'", "'wave'")),
    "unknown answers key": (
        survey("team", 'team"\nfilter = "x'),
        ("[answers] has an unknown key 'filter' (known are",),
    ),
    "unknown promise key": (survey("k = 10", "k = 10\nmin = 3"), ("[promise] has an unknown key 'min'",)),
    "unknown cut key": (survey('key = "sex"', 'key = "sex"\nlabel = "x"'), ("[[cuts]] number 1", "'label'")),
    "unknown category key": (survey('{ key = "men"', '{ code = 2, key = "men"'), ("categories", "'code'")),
    "no table survey": (
        survey("[survey]", "[[survey]]"),
        ("survey.toml: [survey] must be one table", "above its keys"),
    ),
    "no organisation": (survey('organisation = "Voorbeeld BV"', ""), ("[survey] organisation is missing",)),
    "blank organisation": (survey("Voorbeeld BV", "  "), ("[survey] organisation", "not empty")),
    "organisation no text": (survey('"Voorbeeld BV"', "7"), ("[survey] organisation must be a text in quotes",)),
    "organisation too long": (survey("BV", "x" * 200), ("[survey] organisation has 210 characters", "120")),
    "organisation unprintable": (survey("BV", "B\\u0000V"), ("[survey] organisation", "cannot be printed", "\\x00")),
    "no title": (survey("title =", "#"), ("[survey] title is missing",)),
    "title in one language": (survey(', en = "Work and energy"', ""), ("[survey] title en is missing",)),
    "title in a third language": (survey("en = ", 'de = "x", en = '), ("[survey] title has an unknown key 'de'",)),
    "title a number": (survey('{ nl = "Werk en energie", en = "Work and energy" }', "4"), ("[survey] title",)),
    "wave a number": (survey('wave = "2026"', "wave = 2026"), ("[survey] wave must be a text in quotes",)),
    "date as text": (survey("= 2026-10-05", '= "2026-10-05"'), ("fieldwork_from", "2026-10-05, without quotes")),
    "date with a time": (survey("2026-10-05", "2026-10-05T10:00:00"), ("fieldwork_from", "without quotes")),
    "impossible date": (survey("2026-10-05", "2026-13-05"), ("not valid TOML", "line 6")),
    "dates swapped": (survey("fieldwork_to = 2026", "fieldwork_to = 2025"), ("fieldwork_to lies before",)),
    "synthetic as text": (survey("= true", '= "true"'), ("[survey] synthetic must be true or false",)),
    "k below 10": (survey("k = 10", "k = 9"), ("[promise] k is 9", "10")),
    "k negative": (survey("k = 10", "k = -10"), ("[promise] k is -10",)),
    "k as text": (survey("k = 10", 'k = "10"'), ("[promise] k must be a whole number",)),
    "k a fraction": (survey("k = 10", "k = 10.5"), ("[promise] k must be a whole number",)),
    "k true": (survey("k = 10", "k = true"), ("[promise] k must be a whole number",)),
    "instruments a text": (survey('["mental-fatigue"]', '"mental-fatigue"'), ("[survey] instruments must be a list",)),
    "instruments of numbers": (survey('["mental-fatigue"]', "[1]"), ("[survey] instruments must be a list of texts",)),
    "no instruments": (survey('["mental-fatigue"]', "[]"), ("[survey] instruments names no instrument",)),
    "unknown instrument": (
        survey("mental-fatigue", "mental-fatige"),
        ("[survey] instruments names 'mental-fatige'", "did you mean 'mental-fatigue'", "peil instruments list"),
    ),
    "instrument nothing like it": (survey("mental-fatigue", "q12"), ("names 'q12'", "peil instruments list")),
    "instrument twice": (survey('"mental-fatigue"', '"mental-fatigue", "mental-fatigue"'), ("occurs twice",)),
    "instrument without texts": (
        survey('"mental-fatigue"', '"fas"'),
        ("names 'fas'", "texts belong to someone else", "import a wording pack", "[survey] packs"),
    ),
    "instrument without what it needs": (survey('"mental-fatigue"', '"job-strain"'), ("'job-strain' needs", "add")),
    "languages a text": (survey("synthetic", 'languages = "nl"\nsynthetic'), ("[survey] languages must be a list",)),
    "unknown language": (
        survey("synthetic", 'languages = ["nl", "de"]\nsynthetic'),
        ("[survey] languages names 'de'; use 'nl', 'en'",),
    ),
    "a language without texts": (
        lambda s: (own_instrument()(s), s.replace(s.survey, "synthetic", 'languages = ["en"]\nsynthetic')),
        ("instrument 'own-questions' has no texts in 'en'", "leave the language out"),
    ),
    "pack not imported": (
        survey("synthetic", 'packs = ["workload.nl"]\nsynthetic'),
        ("[survey] packs names 'workload.nl'", "not imported", "peil instruments import"),
    ),
    "pack file absent": (survey("synthetic", 'packs = ["x.toml"]\nsynthetic'), ("survey.toml: x.toml", "no such file")),
    "pack name far too long": (
        survey("synthetic", f'packs = ["{"字" * 100}.toml"]\nsynthetic'),
        ("[survey] packs names '字", "cannot be read", "check the name"),
    ),
    "pack for another instrument version": (pack_beside('version = "1"', 'version = "9"'), ("pack.toml", "version 9")),
    "pack misses a question": (pack_beside("workload_much =", "# "), ("pack.toml: item 'workload_much' has no text",)),
    "pack misses a label": (pack_beside("3 = ", "# "), ("pack.toml", "no label for code 3")),
    "pack misses a right": (pack_beside("statement = ", "# "), ("pack.toml: [pack]: 'statement' is missing",)),
    "pack twice": (
        lambda s: (pack_beside()(s), s.replace(s.survey, '["pack.toml"]', '["pack.toml", "pack.toml"]')),
        ("wording pack 'workload.nl' occurs twice",),
    ),
    "own instrument without texts": (survey_end('[[instruments]]\nid = "x"\n'), ("[[instruments]] number 1", "texts")),
    "own instruments no list": (survey_end("[instruments]\na = 1\n"), ("[[instruments]] must be a list",)),
    "own instrument like ours": (own_instrument(identifier="workload"), ("'workload'", "rename it")),
    "a figure that is not there": (
        own_instrument(measure=', figures = ["burnout_complaint"]'),
        ("survey.toml: 'own_one'", "'burnout_complaint', which is not there", "did you mean", "peil figures add"),
    ),
    "own result like ours": (own_instrument("carer"), ("[[instruments]] number 1", "'carer'", "choose another")),
    "own result like the response": (own_instrument("response"), ("'response'", "choose another")),
    "own question twice": (own_instrument("fatigue_people"), ("'fatigue_people'",)),
    "earlier wave is this wave": (survey('["2025"]', '["2026"]'), ("earlier_waves", "'2026' twice")),
    "earlier wave twice": (survey('["2025"]', '["2025", "2025"]'), ("earlier_waves", "'2025' twice")),
    "earlier waves without a column": (survey('wave = "year"', ""), ("[answers] wave is missing",)),
    "one column for two things": (
        survey('unit = "team"', 'unit = "gender"'),
        ("'gender' is used by [answers] unit and by the cut 'sex'",),
    ),
    "two cuts on one column": (
        survey_end(f'[[cuts]]\nkey = "b"\ncolumn = "gender"\n{NAMES}'),
        ("the column 'gender' is used by the cut 'sex' and by the cut 'b'",),
    ),
    "a cut on a question": (
        survey('"gender"', '"fatigue_empty"'),
        ("'fatigue_empty' is used by the cut 'sex' and by a question",),
    ),
    "ignored and used": (survey('["remark"]', '["remark", "team"]'), ("[answers] ignore names 'team'", "take it out")),
    "cuts no list": (survey("[[cuts]]", "[cuts]"), ("[[cuts]] must be a list of tables",)),
    "cut without categories": (survey("categories = [", "other = ["), ("[[cuts]] number 1",)),
    "cut with one category": (
        survey('{ key = "men", nl = "mannen", en = "men" },', ""),
        ("categories", "at least two"),
    ),
    "category no table": (
        survey('{ key = "men", nl = "mannen", en = "men" }', '"men"'),
        ("categories must be tables",),
    ),
    "category twice": (survey('key = "men"', 'key = "women"'), ("categories uses the key 'women' twice",)),
    "category without a name": (survey('key = "men", nl = "mannen",', 'key = "men",'), ("categories nl is missing",)),
    "category of another type": (survey('key = "men"', "key = 2"), ("categories key must be a text",)),
    "cut twice": (
        survey_end(f'[[cuts]]\nkey = "sex"\n{NAMES}'),
        ("[[cuts]] uses the key 'sex' twice",),
    ),
    "cut that the report makes": (survey('key = "sex"', 'key = "carer"'), ("'carer'", "the report makes itself")),
    "cut called unit": (survey('key = "sex"', 'key = "unit"'), ("'unit'", "the report makes itself")),
    "units in a circle": (
        survey("[units]", '[units]\n"Zorg" = "Team Zuid"'),
        ("[units] 'Zorg'", "above itself ('Zorg > Team Zuid > Zorg')"),
    ),
    "unit above itself": (
        survey("[units]", '[units]\n"Zorg" = "Zorg"'),
        ("[units] 'Zorg'", "'Zorg' stands above itself"),
    ),
    "unit below Total": (survey("[units]", '[units]\n"Zorg" = "Total"'), ("[units]", "'Total' stands for the whole")),
    "unit below a path": (survey('"Zorg"\n', '"Holding > Zorg"\n'), ("[units] 'Team Noord'", "without '>'")),
    "unit below a number": (survey('"Zorg"\n', "3\n"), ("[units] Team Noord must be a text",)),
    "unit below nothing": (survey('"Zorg"\n', '""\n'), ("[units] Team Noord must be a text", "not empty")),
    "unit twice": (survey("[units]", '[units]\n"Team  Noord" = "Kantoor"'), ("[units] names 'Team Noord' twice",)),
}

ANSWERS_FILE: Cases = {
    "absent": (gone("answers.csv"), ("answers.csv: cannot be read", "check the path")),
    "a folder": (a_folder("answers.csv"), ("answers.csv: cannot be read", "directory")),
    "a pipe": (pipe("answers.csv"), ("answers.csv: is not a plain file", "save it as a file")),
    "empty": (content("answers.csv", b""), ("answers.csv: is empty", "header")),
    "byte order mark only": (content("answers.csv", b"\xef\xbb\xbf"), ("answers.csv: is empty",)),
    "blank lines only": (content("answers.csv", b"\n\n\n"), ("answers.csv, line 1: is blank",)),
    "blank first line": (answers(LINE, f"\n{LINE}"), ("answers.csv, line 1: is blank", "columns")),
    "header only": (
        lambda s: s.answers.write_text(as_csv(HEADER, []), encoding="utf-8"),
        ("answers.csv: has a header but nothing below it",),
    ),
    "header and blank lines": (
        lambda s: s.answers.write_text(as_csv(HEADER, []) + "\n\n", encoding="utf-8"),
        ("answers.csv: has a header but nothing below it",),
    ),
    "hint for Excel": (answers(LINE, f"sep=,\n{LINE}"), ("answers.csv, line 1: 'sep='", "remove this line")),
    "latin-1": (recoded("answers.csv", "latin-1"), ("answers.csv, line 4: is not UTF-8 text", "'CSV UTF-8'")),
    "UTF-16": (recoded("answers.csv", "utf-16"), ("answers.csv: is UTF-16 text", "'CSV UTF-8'")),
    "UTF-16 without a mark": (recoded("answers.csv", "utf-16-le"), ("answers.csv, line 1: holds a NUL byte",)),
    "a workbook": (content("answers.csv", b"PK\x03\x04\x14\0\x06\0"), ("answers.csv: is a workbook", "'CSV UTF-8'")),
    "an old workbook": (content("answers.csv", b"\xd0\xcf\x11\xe0\xa1\xb1"), ("answers.csv: is a workbook",)),
    "NUL byte": (answers("private 7", "\0"), ("answers.csv, line 9: holds a NUL byte",)),
    "quotation mark never closed": (
        answers("private 7", '"7'),
        ("answers.csv, line 9: a quotation mark is opened and never closed",),
    ),
    "text after a quotation mark": (
        answers("private 7", '"7"7'),
        ("answers.csv, line 9: something follows a closing",),
    ),
    "field too long": (answers("private 7", "x" * 200_000), ("answers.csv, line 9: a field is far too long",)),
    "unknown column": (
        answers("remark", "comment"),
        ("answers.csv, line 1: the column 'comment' is unknown", "[answers] ignore"),
    ),
    "mistyped column": (
        answers("fatigue_people", "fatigue_poeple"),
        ("the column 'fatigue_poeple' is unknown (did you mean 'fatigue_people'?)",),
    ),
    "unprintable column": (answers("remark", "\x07"), ("'\\x07' is unknown",)),
    "endless column": (answers("remark", "x" * 5000), ("xxx…' is unknown",)),
    "missing column": (survey('"mental-fatigue"', '"mental-fatigue", "balance"'), ("line 1: the column", "is missing")),
    "missing columns": (survey('"mental-fatigue"', '"mental-fatigue", "workload"'), ("and 2 more are missing",)),
    "missing unit column": (
        survey('unit = "team"', 'unit = "tem"\n'),
        ("roster.csv, line 1: the column 'tem' is missing",),
    ),
    "column twice": (
        answers("fatigue_empty", "fatigue_people"),
        ("line 1: the column 'fatigue_people' stands there twice",),
    ),
    "column without a name": (answers("remark", ""), ("line 1: column 10 has no name",)),
    "field too many": (answers(FIRST, f"{FIRST},"), ("answers.csv, line 2: has 11 fields where the header has 10",)),
    "field too few": (answers(FIRST, FIRST[:-1]), ("answers.csv, line 2: has 9 fields where the header has 10",)),
    "one field": (answers(FIRST, f"total\n{FIRST}"), ("answers.csv, line 2: has 1 field where the header has 10",)),
    "decimal commas unquoted": (answers(f"{FIRST}1", f"{FIRST}1,0"), ("answers.csv, line 2: has 11 fields",)),
    "separators only": (answers(FIRST, f"{',' * 9}\n{FIRST}"), ("answers.csv, line 2: has separators but not",)),
    "spaces and separators": (answers(FIRST, f"{', ' * 9}\n{FIRST}"), ("answers.csv, line 2: has separators but not",)),
    "off the scale": (cell(3, ITEMS[1], "8"), (f"line 4, column '{ITEMS[1]}': '8' is no answer", "from 1 to 7")),
    "below the scale": (cell(3, ITEMS[1], "0"), ("'0' is no answer on this scale",)),
    "an unknown missing code": (cell(3, ITEMS[1], "-6"), ("'-6' is no answer on this scale",)),
    "a decimal": (cell(3, ITEMS[1], "3,5"), (f"answers.csv, line 4, column '{ITEMS[1]}': '3,5' is no answer",)),
    "a decimal with a point": (cell(3, ITEMS[1], "3.5"), ("'3.5' is no answer",)),
    "a label": (cell(3, ITEMS[1], "never"), ("'never' is no answer",)),
    "two signs": (cell(3, ITEMS[1], "--3,0"), ("'--3,0' is no answer",)),
    "digits of another script": (cell(3, ITEMS[1], "٣"), ("'٣' is no answer",)),
    "underscores": (cell(3, ITEMS[1], "0_3"), ("'0_3' is no answer",)),
    "endless digits": (cell(3, ITEMS[1], "3" * 6000), ("333…' is no answer",)),
    "endless zeros": (cell(3, ITEMS[1], "0" * 6000 + ",0"), ("000…' is no answer",)),
    "a line break in an answer": (cell(3, ITEMS[1], "3\n4"), ("line 4", "'3 4' is no answer")),
    "unknown category": (
        cell(3, "gender", "woman"),
        ("line 4, column 'gender': 'woman' is no category of the cut 'sex' (did you mean 'women'?)", "'women', 'men'"),
    ),
    "unknown wave": (cell(3, "year", "2024"), ("line 4, column 'year': '2024' is no wave", "earlier_waves")),
    "empty wave": (cell(3, "year", ""), ("line 4, column 'year': is empty", "'2026'")),
    "duplicate id": (cell(3, "ballot", "2026-1"), ("line 4, column 'ballot'", "'2026-1' stands on line 3 already")),
    "duplicate id but for spaces": (cell(3, "ballot", " 2026-1 "), ("line 4", "'2026-1' stands on line 3 already")),
    "empty id": (cell(3, "ballot", " "), ("line 4, column 'ballot': is empty", "its own id")),
    "unit above itself": (cell(3, "team", "A > B > A"), ("line 4, column 'team'", "'A' stands above itself")),
    "unit without a level": (cell(3, "team", "A > > B"), ("line 4, column 'team'", "empty level")),
    "unit called Total": (cell(3, "team", "Total"), ("line 4, column 'team': 'Total' stands for the whole",)),
    "unit below Total": (cell(3, "team", "total > A"), ("line 4, column 'team': 'Total' stands for the whole",)),
    "unit with an endless name": (cell(3, "team", "x" * 500), ("line 4, column 'team'", "over 120 characters")),
    "unit not on the roster": (
        cell(3, "team", "Team Noordd"),
        ("answers.csv: the unit 'Team Noordd' has answers", "nobody on the roster"),
    ),
    "unit in other capitals": (
        cell(3, "team", "Zorg > team Noord"),
        ("answers.csv, line 4, column 'team': 'team Noord' and 'Team Noord' differ in capitals only", "in one way"),
    ),
    "unit nearly on the roster": (cell(3, "team", "Zorg > Team Noort"), ("did you mean 'Zorg > Team Noord'?",)),
    "no answers of this wave": (survey('wave = "2026"', 'wave = "2027"'), ("'2026' is no wave",)),
    "no answers at all of this wave": (
        lambda s: (
            s.replace(s.survey, 'wave = "2026"', 'wave = "2027"'),
            s.replace(s.survey, '["2025"]', '["2025", "2026"]'),
        ),
        ("answers.csv: has no answers of wave '2027'", "[survey] wave"),
    ),
    "no answers of an earlier wave": (
        survey('["2025"]', '["2024", "2025"]'),
        ("answers.csv: has no answers of wave '2024'", "[survey] earlier_waves"),
    ),
    "the roster in its place": (
        lambda s: shutil.copy(s.roster, s.answers),
        ("answers.csv, line 1: the column 'name'",),
    ),
}

ROSTER_FILE: Cases = {
    "absent": (gone("roster.csv"), ("roster.csv: cannot be read",)),
    "a folder": (a_folder("roster.csv"), ("roster.csv: cannot be read",)),
    "empty": (content("roster.csv", b""), ("roster.csv: is empty",)),
    "header only": (content("roster.csv", b"name,year,team,gender\n"), ("roster.csv: has a header but nothing",)),
    "latin-1": (recoded("roster.csv", "latin-1"), ("roster.csv, line 6: is not UTF-8 text",)),
    "no unit column": (roster("team", "department"), ("roster.csv, line 1: the column 'team' is missing",)),
    "no wave column": (roster("year", "Year"), ("the column 'year' is missing (did you mean 'Year'?)",)),
    "cut in capitals": (roster("gender", "Gender"), ("roster.csv, line 1: the column 'Gender' is 'gender' in the",)),
    "empty unit": (roster(",2026,Team Noord,", ",2026,,"), ("roster.csv, line 2, column 'team': is empty",)),
    "empty wave": (roster(",2026,Team Noord,", ",,Team Noord,"), ("roster.csv, line 2, column 'year': is empty",)),
    "unknown wave": (roster(",2026,Team Noord,", ",26,Team Noord,"), ("roster.csv, line 2", "'26' is no wave")),
    "unknown category": (
        roster("Noord,women", "Noord,F"),
        ("roster.csv, line 2, column 'gender': 'F' is no category",),
    ),
    "unit above itself": (roster("Team Noord", "A > A"), ("roster.csv, line 2, column 'team'", "above itself")),
    "unit called Total": (roster("Team Noord", "Total"), ("roster.csv, line 2", "the whole organisation")),
    "wave with nobody": (
        lambda s: s.roster.write_text("".join(x for x in s.roster.read_text().splitlines(True) if ",2025," not in x)),
        ("answers.csv: wave '2025' has answers but nobody on the roster",),
    ),
    "unit with nobody": (
        lambda s: s.roster.write_text(s.roster.read_text().replace("Team Noord", "Team Zuid")),
        ("answers.csv: the unit 'Zorg > Team Noord' has answers in wave '2025' but nobody on the roster",),
    ),
    "more answers than people": (
        lambda s: s.roster.write_text(
            "".join(x for x in s.roster.read_text().splitlines(True) if ",2026,Team Noord," not in x)
            + "Someone,2026,Team Noord,men\n"
        ),
        ("the unit 'Zorg > Team Noord' has 20 answers in wave '2026' but 1 person on the roster",),
    ),
    "more answers than people in all": (
        lambda s: (
            s.replace(s.survey, 'unit = "team"', ""),
            s.replace(s.survey, '["remark"]', '["remark", "team"]'),
            s.roster.write_text("year\n2025\n" + "2026\n" * 60),
        ),
        ("answers.csv: the organisation has 30 answers in wave '2025' but 1 person on the roster",),
    ),
    "the answers in its place": (
        lambda s: (s.roster.unlink(), s.roster.hardlink_to(s.answers)),
        ("roster.csv: is named twice", "three different files"),
    ),
}
