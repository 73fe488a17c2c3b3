// In development the page and the API have one origin too, as they have behind `guildhall serve --web`.

import { defineConfig } from "vite";

// The roots of the API's paths: http://127.0.0.1:8000/docs shows them all.
const API = "^/(register|login|auth|users|groups|sessions|events|events\\.ics|messages|conversations|ws|sync)(/|\\?|$)";
const proxy = { [API]: { target: "http://127.0.0.1:8000", ws: true } };

export default defineConfig({
  // The page may stand anywhere: below a path, too.
  base: "./",
  build: { target: "baseline-widely-available", modulePreload: { polyfill: false } },
  server: { proxy },
  preview: { proxy },
});
