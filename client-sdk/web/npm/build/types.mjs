// The package's declarations: those of the modules that index.ts exports from, twice, because a compiler takes
// `.d.ts` in this package for ES modules only.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = "dist/types";
const IMPORT = /(\bfrom |\bimport\(|^import )"([^"]+)"/gm;

/** Checks all TypeScript there is, and writes the declarations. */
export function writeTypes() {
  run(["--project", "tsconfig.json"]);
  run(["--project", "tsconfig.types.json"]);
  const needed = reachableFrom("index.d.ts");
  for (const file of readdirSync(FOLDER, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".d.ts") && !needed.has(file)) rmSync(join(FOLDER, file));
  }
  for (const [file, text] of needed) {
    const forCommonJs = text.replace(IMPORT, (_, before, from) => {
      return `${before}"${from.replace(/\.js$/, ".cjs")}"`;
    });
    writeFileSync(join(FOLDER, file.replace(/\.ts$/, ".cts")), forCommonJs);
  }
}

/** @returns {Map<string, string>} the text of each declaration file that `start` needs, by path. */
function reachableFrom(start) {
  const found = new Map();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    const text = readFileSync(join(FOLDER, file), "utf8");
    refuse(file, text);
    found.set(file, text);
    for (const [, , from] of text.matchAll(IMPORT)) {
      waiting.push(join(dirname(file), from.replace(/\.js$/, ".d.ts")));
    }
  }
  return found;
}

function refuse(file, text) {
  const inside = [...text.matchAll(IMPORT)].find(([, , from]) => !from.startsWith("./") && !from.startsWith("../"));
  if (inside) throw new Error(`src/${file}: what is exported speaks of ${inside[2]}, which is not shipped`);
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const loose = /\bany\b/.exec(code);
  if (loose) throw new Error(`src/${file}: something exported has the type any`);
}

function run(args) {
  execFileSync("node_modules/.bin/tsc", args, { stdio: ["ignore", "inherit", "inherit"] });
}
