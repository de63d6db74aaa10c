// The council's own list of people against the numbers of the promise.
import { byCodePoint } from "./order.js";
import { MARK, unitPath } from "./promise.js";
import { Refusal } from "./refusal.js";

/** What columns may be called, in lower case. */
const UNIT = ["unit", "afdeling", "team"];
const INVITED = ["invited", "aantal"];
const WAVE = ["wave", "meting"];

/**
 * How many people a CSV file has in each unit, by its path written 'Care > Team North'; refuses with a sentence.
 *
 * One line a person, or one line a unit with a number. Where there is a column for the wave, only `wave` counts.
 */
export function readRoster(text, wave) {
  const [head, ...lines] = readCsv(text);
  const names = head.map((name) => name.trim().toLowerCase());
  const [unitColumn, countColumn, waveColumn] = [UNIT, INVITED, WAVE].map((known) =>
    names.findIndex((name) => known.includes(name)),
  );
  if (unitColumn < 0) throw new Refusal("roster_no_unit");
  const counts = new Map();
  lines.forEach((cells, place) => {
    const read = (column) => (cells[column] ?? "").trim();
    if (cells.every((cell) => cell.trim() === "") || (waveColumn >= 0 && read(waveColumn) !== wave)) return;
    const line = place + 2;
    const names = read(unitColumn)
      .split(">")
      .map((name) => name.trim());
    if (names.includes("")) throw new Refusal("roster_bad_unit", { line });
    if (countColumn >= 0 && !/^\d{1,9}$/.test(read(countColumn))) throw new Refusal("roster_bad_number", { line });
    add(counts, names.join(MARK), countColumn < 0 ? 1 : Number(read(countColumn)));
  });
  if (![...counts.values()].some(Boolean)) throw new Refusal("roster_empty");
  return counts;
}

/** Where the promise has other numbers than the list: `{ unit, promised, counted }`, by name. */
export function compareWithRoster(manifest, counts) {
  const promised = new Map(manifest.units.map((unit) => [unitPath(manifest, unit), unit.invited]));
  const counted = groupPeople(asInPromise(counts, [...promised.keys()], manifest.units[0].name), manifest.k_invite);
  const every = [...new Set([...promised.keys(), ...counted.keys()])].sort(comparePaths);
  return every
    .map((path) => ({
      unit: path || manifest.units[0].name,
      promised: promised.get(path) ?? 0,
      counted: counted.get(path) ?? 0,
    }))
    .filter((row) => row.promised !== row.counted);
}

/**
 * The list's paths as the promise writes them: below the organisation, so without its name in front. Where the
 * whole list has names alone, each is the one unit that has that name.
 */
function asInPromise(counts, known, organisation) {
  const found = new Map();
  for (const [written, count] of counts) {
    const names = split(written);
    add(found, (names[0] === organisation ? names.slice(1) : names).join(MARK), count);
  }
  if ([...found.keys()].some((path) => split(path).length > 1)) return found;
  const placed = new Map();
  for (const [path, count] of found) {
    const named = known.filter((unit) => unit !== "" && split(unit).at(-1) === path);
    add(placed, !known.includes(path) && named.length === 1 ? named[0] : path, count);
  }
  return placed;
}

const add = (counts, key, count) => counts.set(key, (counts.get(key) ?? 0) + count);

/** As analysis/grouping.py: how many people get the credential of each unit. */
export function groupPeople(counts, smallest) {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total < smallest) throw new Refusal("roster_too_few", { number: total, needed: smallest });
  const groups = new Map([...counts].filter(([, count]) => count > 0));
  for (const path of deepestFirst(groups.keys())) {
    const count = groups.get(path);
    if (count === undefined || count >= smallest) continue;
    const depth = split(path).length;
    const below = new Map();
    for (const [other, people] of groups) {
      if (other !== path && isIn(other, path))
        add(
          below,
          split(other)
            .slice(0, depth + 1)
            .join(MARK),
          people,
        );
    }
    if (below.size) {
      const [smallest] = [...below].sort(([one, a], [other, b]) => a - b || comparePaths(one, other))[0];
      for (const [other, people] of [...groups]) {
        if (!isIn(other, smallest)) continue;
        add(groups, path, people);
        groups.delete(other);
      }
    } else {
      const parent = split(path).slice(0, -1).join(MARK);
      add(groups, parent, count);
      groups.delete(path);
    }
  }
  return groups;
}

const split = (path) => (path === "" ? [] : path.split(MARK));
const isIn = (path, unit) => unit === "" || path === unit || path.startsWith(unit + MARK);

function comparePaths(one, other) {
  const [a, b] = [split(one), split(other)];
  const place = a.findIndex((name, at) => name !== b[at]);
  return place < 0 ? a.length - b.length : b[place] === undefined ? 1 : byCodePoint(a[place], b[place]);
}

function deepestFirst(paths) {
  const every = new Set();
  for (const path of paths) {
    const names = split(path);
    for (let depth = 0; depth <= names.length; depth++) every.add(names.slice(0, depth).join(MARK));
  }
  return [...every].sort((one, other) => split(other).length - split(one).length || comparePaths(one, other));
}

/** Rows of cells (RFC 4180); commas, or semicolons when the first line has one and no comma. */
function readCsv(text) {
  const first = text.split(/\r?\n/, 1)[0];
  const mark = first.includes(";") && !first.includes(",") ? ";" : ",";
  const rows = [[""]];
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    const row = rows.at(-1);
    if (isQuoted) {
      if (sign !== '"') row[row.length - 1] += sign;
      else if (text[at + 1] === '"') row[row.length - 1] += text[at++];
      else isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === mark) row.push("");
    else if (sign === "\n") rows.push([""]);
    else if (sign !== "\r") row[row.length - 1] += sign;
  }
  return rows;
}
