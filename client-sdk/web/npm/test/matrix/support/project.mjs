// Folders as strangers have them: the package packed and installed, and of the tools those that are asked for.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));
const TOOLS = fileURLToPath(new URL("../node_modules/", import.meta.url));

/** Packs the package as it is now: whoever builds it anew meanwhile changes nothing here. */
export function installPackage() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "guildhall-matrix-")));
  const npm = (cwd, ...args) => {
    return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  };
  const installed = join(root, "installed");
  mkdirSync(installed);
  const [{ filename }] = JSON.parse(npm(PACKAGE, "pack", "--json", "--silent", "--pack-destination", root));
  writeFileSync(join(installed, "package.json"), '{ "private": true }');
  npm(installed, "install", "--offline", "--no-audit", "--no-fund", "--silent", join("..", filename));
  return {
    /**
     * A project of its own, so that no tool finds what another one has left.
     *
     * @param {Record<string, string>} files texts by path
     * @param {string[]} tools what it has installed besides
     * @returns {string} its folder
     */
    project(files, tools = []) {
      const folder = mkdtempSync(join(root, "project-"));
      cpSync(installed, folder, { recursive: true });
      for (const tool of tools) symlinkSync(join(TOOLS, tool), join(folder, "node_modules", tool));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      return folder;
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The program that a tool has under a name. */
export const toolPath = (path) => join(TOOLS, path);
