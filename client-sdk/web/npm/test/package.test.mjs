// The package as others get it: packed, installed, imported and required, in Node.js and by the compiler.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

import { calls } from "./calls.mjs";

const tsc = resolve("node_modules/.bin/tsc");
let consumer;

before(() => {
  consumer = mkdtempSync(join(tmpdir(), "guildhall-"));
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", consumer]));
  write("package.json", JSON.stringify({ private: true }));
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", filename], { cwd: consumer });
});

after(() => rmSync(consumer, { recursive: true, force: true }));

for (const entry of ["@guildhall/client", "@guildhall/client/wasm"]) {
  test(`${entry} can be imported`, () => {
    assertWorks("consumer.mjs", `import { createClient } from "${entry}";`);
  });

  test(`${entry} can be required`, () => {
    assertWorks("consumer.cjs", `const { createClient } = require("${entry}");`);
  });

  test(`${entry} has types`, () => {
    const program = `
      import { createClient, type Client } from "${entry}";
      export const client: Client = createClient("https://example.org");
      // @ts-expect-error: nothing that is exported takes just anything.
      createClient(1);
    `;
    write("types.mts", program);
    write("types.cts", program);
    for (const resolution of ["node16", "nodenext"]) compile(["--module", resolution]);
    compile(["--module", "preserve", "--moduleResolution", "bundler"]);
  });
}

function assertWorks(file, line) {
  write(file, `${line}\n(${calls})(createClient).then((told) => console.log(told));`);
  assert.equal(execFileSync("node", [file], { cwd: consumer, encoding: "utf8" }).trim(), "well");
}

function compile(options) {
  const files = ["types.mts", "types.cts"];
  execFileSync(tsc, ["--ignoreConfig", "--noEmit", "--strict", "--types", "", ...options, ...files], {
    cwd: consumer,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

function write(file, content) {
  writeFileSync(join(consumer, file), content);
}
