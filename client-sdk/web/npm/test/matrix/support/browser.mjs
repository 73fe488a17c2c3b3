// Chromium, one for all pages of a test file.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { chromium } from "playwright-core";

export async function openBrowser() {
  const paths = process.env.PATH.split(delimiter).map((folder) => join(folder, "chromium"));
  // It is to ask nobody but the tests.
  const args = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
  return chromium.launch({ executablePath: paths.find(existsSync), args });
}

/**
 * A page that keeps what it complains of: errors that nobody caught, and what came to the console as an error.
 *
 * @param {import("playwright-core").BrowserContext | import("playwright-core").Browser} place a browser gives the page
 *   a storage of its own
 */
export async function openPage(place) {
  const page = await place.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("crash", () => complaints.push("the page crashed"));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} at ${message.location().url}`);
  });
  return { page, complaints };
}
