// How an answer meets what frames have said while it was under way.

/**
 * What is known after an answer: its rows, but for those that a frame has changed since the question
 * was asked, as the frame may be newer. Rows are never changed in place, so another one is a change.
 *
 * @param before what was known when the question was asked
 * @param now what is known when the answer is there
 * @param covers whether the answer would have had this row, if there still was such a thing
 */
export function merge<Row>(
  before: ReadonlyMap<number, Row>,
  now: ReadonlyMap<number, Row>,
  rows: Iterable<Row>,
  idOf: (row: Row) => number,
  covers: (row: Row) => boolean,
): ReadonlyMap<number, Row> {
  const isAsBefore = (id: number) => now.get(id) === before.get(id);
  const known = new Map(now);
  for (const [id, row] of now) if (isAsBefore(id) && covers(row)) known.delete(id);
  for (const row of rows) if (isAsBefore(idOf(row))) known.set(idOf(row), row);
  return known;
}

export function withRow<Id, Row>(rows: ReadonlyMap<Id, Row>, id: Id, row: Row): ReadonlyMap<Id, Row> {
  return new Map(rows).set(id, row);
}

export function withoutRow<Id, Row>(rows: ReadonlyMap<Id, Row>, id: Id): ReadonlyMap<Id, Row> {
  const rest = new Map(rows);
  rest.delete(id);
  return rest;
}
