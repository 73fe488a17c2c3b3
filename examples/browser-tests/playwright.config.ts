// Both pages of the examples, each behind a server of its own, in the machine's Chromium.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env["CI"],
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: onPath("chromium"),
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    },
  },
  projects: [
    { name: "web" },
    // The chat alone, so that both pages are tried with the same words.
    { name: "rust-web", testMatch: "chat.spec.ts" },
  ],
});

function onPath(program: string): string {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // It is in another one.
    }
  }
  throw new Error(`${program} is not on the PATH`);
}
