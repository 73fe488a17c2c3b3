// A day in a house with people in it. With SCREENSHOTS=1 it makes the pictures of examples/web's README.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { createClient, type Client } from "@guildhall/client";
import type { Page } from "@playwright/test";

import { startServer } from "../server.ts";
import { expect, messages, signIn, test as base, turnTo } from "./fixtures.ts";
import { CHAT, EVENTS, PEOPLE, SESSIONS, type Name } from "./house.ts";

// A server of its own: nobody else's people are in the pictures.
const test = base.extend<{}, { server: Awaited<ReturnType<typeof startServer>> }>({
  server: [
    async ({}, use, { project }) => {
      const server = await startServer(project.name);
      await use(server);
      await server.stop();
    },
    { scope: "worker", title: "house" } as const,
  ],
});

const NOW = new Date("2027-06-17T10:24:00Z");
const PASSWORD = "plum-orbit-velvet";

test("a house with people in it", async ({ visit, server }) => {
  test.slow();
  await furnish(server.url);
  const page = await visit({ bypassCSP: true });
  await page.clock.setFixedTime(NOW);
  await dateMessages(page);
  await page.goto("/");
  await take(page, "sign-in");
  await signIn(page, { username: "maja", email: "", password: PASSWORD });

  await turnTo(page, "Messages");
  await expect(page.getByRole("list", { name: "Conversations" })).toContainText("2 unread");
  await page.getByRole("link", { name: "tomas" }).click();
  await expect(messages(page, "See you at six")).toHaveCount(1);
  await take(page, "messages");

  await turnTo(page, "People");
  await expect(page.getByRole("list", { name: "People" }).getByRole("link")).toHaveCount(PEOPLE.length - 1);

  await turnTo(page, "Events");
  await expect(page.getByRole("heading", { name: "June 2027" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("link")).toHaveCount(EVENTS.length);
  await take(page, "events");
  await page.getByRole("link", { name: "Midsummer supper" }).click();
  await expect(page.getByRole("dialog")).toContainText("4 people attend");
  await page.keyboard.press("Escape");

  await turnTo(page, "Sessions");
  await expect(page.getByRole("listitem").filter({ hasText: "Choir rehearsal" })).toContainText("Live");
  await take(page, "sessions");
});

/** A picture at each width, in light and dark. */
async function take(page: Page, name: string): Promise<void> {
  if (!process.env["SCREENSHOTS"]) return;
  await useFont(page);
  for (const [width, height] of [[390, 844], [1280, 800]] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.mouse.move(0, 0);
      const path = fileURLToPath(new URL(`../../web/screenshots/${name}-${width}-${colorScheme}.png`, import.meta.url));
      await page.screenshot({ path, caret: "hide" });
    }
  }
}

/** Servers have no system font that a person's machine would have: this one stands in for it. */
async function useFont(page: Page): Promise<void> {
  if (await page.evaluate(() => document.fonts.check("1rem Stand-in") && [...document.fonts].length > 0)) return;
  const file = import.meta.resolve("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2");
  const data = readFileSync(fileURLToPath(file)).toString("base64");
  const source = `url("data:font/woff2;base64,${data}")`;
  await page.addStyleTag({
    content: `@font-face { font-family: Stand-in; src: ${source}; font-weight: 100 900; }
      :root { --font: Stand-in, sans-serif; }`,
  });
  await page.evaluate(() => document.fonts.load("1rem Stand-in"));
}

/** Lets messages look as if they had been written over two days, and not all just now. */
async function dateMessages(page: Page): Promise<void> {
  await page.route(/\/conversations/, async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const response = await route.fetch();
    const body = await response.text();
    const dated = body.replace(/"id":(\d+),("content":"(?:[^"\\]|\\.)*"),"created_at":"[^"]*"/g, (_, id, content) => {
      const { at } = CHAT[Number(id) - 1]!;
      return `"id":${id},${content},"created_at":"${at}"`;
    });
    await route.fulfill({ response, body: dated });
  });
}

async function furnish(url: string): Promise<void> {
  const clients = new Map<Name, Client>();
  const ids = new Map<Name, number>();
  for (const { username, full_name } of PEOPLE) {
    const client = createClient(url);
    const account = { username, full_name, email: `${username}@example.org`, password: PASSWORD };
    ids.set(username, (await client.auth.signUp(account)).id);
    await client.auth.signIn(account);
    clients.set(username, client);
  }
  for (const { from, to, content, isRead } of CHAT) {
    const { id } = await clients.get(from)!.messages.send({ receiver_id: ids.get(to)!, content });
    if (isRead) await clients.get(to)!.messages.read(id);
  }
  for (const { by, with: attendees, ...event } of EVENTS) {
    const { id } = await clients.get(by)!.events.create(event);
    for (const name of attendees) await clients.get(name)!.events.attend(id);
  }
  for (const { by, with: people, name, isLive } of SESSIONS) {
    const owner = clients.get(by)!;
    const { id } = await owner.sessions.create({ name });
    if (isLive) await owner.sessions.start(id);
    for (const person of people) await owner.sessions.addUser(id, ids.get(person)!);
  }
}
