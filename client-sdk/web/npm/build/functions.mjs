// What is inside a WebAssembly module that still has its names: how many bytes each function takes.

/**
 * @param {Uint8Array} module
 * @returns {{ functions: { name: string, crate: string, bytes: number }[], rest: Record<string, number> }}
 *   `rest` are the sections besides the code, of those that are shipped.
 */
export function weigh(module) {
  const names = namesOf(module);
  const functions = [];
  const rest = {};
  const reader = new Reader(module.subarray(8));
  while (!reader.isAtEnd()) {
    const id = reader.byte();
    const section = reader.take(reader.number());
    if (id === CODE) {
      let index = WebAssembly.Module.imports(new WebAssembly.Module(module)).filter(isFunction).length;
      for (let left = section.number(); left > 0; left -= 1, index += 1) {
        const name = names.get(index) ?? `function ${index}`;
        functions.push({ name, crate: crateOf(name), bytes: section.take(section.number()).length });
      }
    } else if (id !== CUSTOM) {
      const what = SECTIONS[id] ?? "other sections";
      rest[what] = (rest[what] ?? 0) + section.length;
    }
  }
  return { functions, rest };
}

const CUSTOM = 0;
const CODE = 10;
const SECTIONS = { 1: "types", 2: "imports", 3: "types", 7: "exports", 9: "tables", 11: "data" };
const FUNCTION_NAMES = 1;
/** To these one comes for others' sake: of a function with several crates in its name, the others are told. */
const STANDARD = ["core", "alloc", "std"];

const isFunction = (entry) => entry.kind === "function";

function namesOf(module) {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(module), "name");
  const names = new Map();
  const reader = new Reader(new Uint8Array(section));
  while (!reader.isAtEnd()) {
    const id = reader.byte();
    const part = reader.take(reader.number());
    if (id === FUNCTION_NAMES) {
      for (let left = part.number(); left > 0; left -= 1) {
        names.set(part.number(), part.take(part.number()).text().replace(/\[[0-9a-f]{16}\]/g, ""));
      }
    }
  }
  return names;
}

function crateOf(name) {
  const all = [...name.matchAll(/(?<![\w:])([a-z_]\w*)(?=::)/g)].map((match) => match[1]);
  return all.find((crate) => !STANDARD.includes(crate)) ?? all[0] ?? "exports and intrinsics";
}

/** Reads WebAssembly's binary format, whose numbers are LEB128. */
class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  get length() {
    return this.#bytes.length;
  }

  isAtEnd() {
    return this.#at >= this.#bytes.length;
  }

  byte() {
    return this.#bytes[this.#at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  take(length) {
    const part = new Reader(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return part;
  }

  text() {
    return new TextDecoder().decode(this.#bytes);
  }
}
