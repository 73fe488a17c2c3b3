// What a tab does in tabs.test.mjs, which serves this to pages: it asks twice a second, and follows the stream.

import { createClient } from "/node_modules/@guildhall/client/dist/index.js";

const gh = createClient("/api");

/** What outlives a reload. */
const kept = JSON.parse(sessionStorage.getItem("kept")) ?? { isFollowing: false, heard: [], changes: [], failures: [] };
const keep = () => sessionStorage.setItem("kept", JSON.stringify(kept));

let stream;
let isAsking = true;
let answers = 0;

gh.auth.onChange((state, change) => {
  kept.changes.push(change);
  keep();
});

async function ask() {
  while (isAsking) {
    try {
      await gh.accounts.me();
      answers += 1;
    } catch (error) {
      kept.failures.push(`${error.code}: ${error.message}`);
      keep();
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function follow() {
  // Else a page that is loaded anew before it has heard anything would begin with what comes then.
  kept.cursor ??= (await gh.sync()).cursor;
  stream = gh.stream({ cursor: kept.cursor });
  stream.on("new_message", ({ cursor, message }) => {
    kept.heard.push(message.content);
    kept.cursor = cursor;
    keep();
  });
  stream.on("resync_required", () => {
    kept.failures.push("resync_required");
    keep();
  });
  kept.isFollowing = true;
  keep();
  ask();
}

globalThis.tab = {
  gh,
  follow,
  stopAsking: () => (isAsking = false),
  state: () => ({ ...kept, answers, isSignedIn: gh.auth.state === "signedIn", connection: stream?.connection }),
  /** Blocks the page, as a program does that counts for long. */
  block(milliseconds) {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
  },
};

if (kept.isFollowing) follow();
