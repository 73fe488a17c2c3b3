// The places in which programs use the package. Each is a function that makes a project of its own, runs the program
// there and gives what it tells. Tools are told where the program is and where the bundle is to be, and nothing else.
//
// They take what is wanted, and what they work with: `server` is its URL, `project(files, tools)` makes a folder,
// `visit(folder, headers)` serves one and gives what its page tells, `visitAt(url)` what the page there does, and
// `node(args, folder)` gives what a program prints.

import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import nodeResolve from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";

import * as programs from "./programs.mjs";
import { toolPath } from "./project.mjs";

/** The policies of pages that allow nothing but what they need. */
const STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'";
const WITH_WASM = STRICT.replace("'self';", "'self' 'wasm-unsafe-eval';");

const PAGE = { "index.html": programs.html("main.js") };
const BUNDLED = { "out/index.html": programs.html("main.js") };

const isWasm = ({ entry }) => entry.endsWith("/wasm");
const inDist = (file) => `node_modules/@guildhall/client/dist/${file}`;
/** The file of an entry in pages without a bundler. */
const fileOf = (wanted) => inDist(isWasm(wanted) ? "wasm.js" : "index.js");

export const ENVIRONMENTS = {
  async "Node.js, by import"(wanted, { project, node, server }) {
    const main = programs.inModule({ ...wanted, url: server });
    return JSON.parse(await node(["main.mjs"], project({ "main.mjs": main })));
  },

  async "Node.js, by require"(wanted, { project, node, server }) {
    const main = programs.inCommonJs({ ...wanted, url: server });
    return JSON.parse(await node(["main.cjs"], project({ "main.cjs": main })));
  },

  async esbuild(wanted, { project, visit }) {
    const folder = project({ "main.js": programs.inPage(wanted), ...BUNDLED });
    await withEsbuild(wanted, folder);
    if (isWasm(wanted)) putBeside(folder);
    return visit(join(folder, "out"));
  },

  async Rollup(wanted, { project, visit }) {
    const folder = project({ "main.js": programs.inPage(wanted), ...BUNDLED });
    await withRollup(folder);
    if (isWasm(wanted)) putBeside(folder);
    return visit(join(folder, "out"));
  },

  async "a build of Vite's"(wanted, { project, visit }) {
    const root = project({ "main.js": programs.inPage(wanted), ...PAGE }, ["vite"]);
    await vite.build({ root, configFile: false, logLevel: "warn" });
    return visit(join(root, "dist"));
  },

  async "Vite's server for developers"(wanted, { project, visitAt, server }) {
    const icon = { "public/favicon.ico": "" };
    const root = project({ "main.js": programs.inPage(wanted), ...PAGE, ...icon }, ["vite"]);
    const api = { target: server, ws: true, rewrite: (path) => path.replace(/^\/api/, "") };
    const options = { port: 0, proxy: { "/api": api } };
    const vites = await vite.createServer({ root, configFile: false, logLevel: "warn", server: options });
    try {
      await vites.listen();
      return await visitAt(`http://localhost:${vites.httpServer.address().port}/`);
    } finally {
      await vites.close();
    }
  },

  async webpack(wanted, { project, visit }) {
    const folder = project({ "main.js": programs.inPage(wanted), ...BUNDLED });
    const compiler = webpack({ context: folder, entry: "./main.js", output: { path: join(folder, "out") } });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats)));
    });
    await new Promise((resolve) => compiler.close(resolve));
    if (stats.hasErrors()) throw new Error(stats.toString());
    return visit(join(folder, "out"));
  },

  "a script of type module"(wanted, { project, visit }) {
    const imports = { [wanted.entry]: `/${fileOf(wanted)}` };
    const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
    return visit(project({ "main.js": programs.inPage(wanted), "index.html": programs.html("main.js", map) }));
  },

  "a module worker"(wanted, { project, visit }) {
    // Import maps are for pages only.
    const worker = programs.inWorker({ ...wanted, entry: `./${fileOf(wanted)}` });
    return visit(project({ "worker.js": worker, "main.js": programs.withWorker("worker.js"), ...PAGE }));
  },

  async Vitest(wanted, { project, node, server }) {
    const test = programs.inVitest({ ...wanted, url: server });
    const folder = project({ "day.test.js": test }, ["vitest"]);
    await node([toolPath("vitest/vitest.mjs"), "run"], folder);
    return toldIn(folder);
  },

  async Jest(wanted, { project, node, server }) {
    const test = programs.inJest({ ...wanted, url: server });
    const folder = project({ "day.test.js": test }, ["jest"]);
    await node([toolPath("jest/bin/jest.js")], folder);
    return toldIn(folder);
  },

  "a policy that allows WebAssembly"(wanted, { project, visit }) {
    const main = programs.inPage({ ...wanted, entry: `./${fileOf(wanted)}` });
    return visit(project({ "main.js": main, ...PAGE }), { "content-security-policy": WITH_WASM });
  },

  "a policy that does not"(wanted, { project, visit }) {
    const program = isWasm(wanted) ? programs.inBarredPage : programs.inPage;
    const main = program({ ...wanted, entry: `./${fileOf(wanted)}` });
    return visit(project({ "main.js": main, ...PAGE }), { "content-security-policy": STRICT });
  },
};

/** The entry ./wasm where its file was left behind: what the client says of it, by bundler. */
export const FORGETFUL = {
  async esbuild(wanted, { project, visit }) {
    const folder = project({ "main.js": programs.inBarredPage(wanted), ...BUNDLED });
    await withEsbuild(wanted, folder);
    return visit(join(folder, "out"));
  },

  async Rollup(wanted, { project, visit }) {
    const folder = project({ "main.js": programs.inBarredPage(wanted), ...BUNDLED });
    await withRollup(folder);
    return visit(join(folder, "out"));
  },
};

function withEsbuild(wanted, folder) {
  // What is no module does not know where it is.
  const format = isWasm(wanted) ? { format: "esm" } : {};
  const entryPoints = [join(folder, "main.js")];
  return build({ entryPoints, bundle: true, outdir: join(folder, "out"), absWorkingDir: folder, ...format });
}

async function withRollup(folder) {
  const bundle = await rollup({ input: join(folder, "main.js"), plugins: [nodeResolve()] });
  await bundle.write({ dir: join(folder, "out") });
  await bundle.close();
}

/** What the README says of bundlers that leave the address in the module as it is. */
function putBeside(folder) {
  copyFileSync(join(folder, inDist("guildhall.wasm")), join(folder, "out/guildhall.wasm"));
}

function toldIn(folder) {
  return JSON.parse(readFileSync(join(folder, "told.json"), "utf8"));
}
