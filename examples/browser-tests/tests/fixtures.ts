// People at browsers of their own, and what every test asks of a page: no word in the console, and
// nothing that a strict policy forbids.

import { createClient, type Client } from "@guildhall/client";
import { expect, test as base, type BrowserContext, type BrowserContextOptions, type Page } from "@playwright/test";

import { startServer, type Server } from "../server.ts";

export { expect };

export interface Account {
  username: string;
  email: string;
  password: string;
}

/** A browser that nobody else uses. */
export type Visit = (options?: BrowserContextOptions) => Promise<Page>;

interface Fixtures {
  visit: Visit;
  account: (name: string) => Account;
  /** Someone without a browser. */
  client: Client;
}

/** The policies under which the pages are meant to work, by project. */
const POLICIES: { [project: string]: string } = {
  web: "default-src 'self'",
  "rust-web": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
};

let accounts = 0;

export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    async ({}, use, { project }) => {
      const server = await startServer(project.name);
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  visit: async ({ browser, server, contextOptions }, use, { project }) => {
    const policy = POLICIES[project.name];
    if (!policy) throw new Error(`there is no policy for ${project.name}`);
    const contexts: BrowserContext[] = [];
    const complaints: string[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ ...contextOptions, baseURL: server.url, ...options });
      contexts.push(context);
      watch(context, complaints);
      await serveUnder(policy, context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    expect(complaints, "what the console has to say").toEqual([]);
  },

  client: async ({ server }, use) => {
    await use(createClient(server.url));
  },

  // One server has the accounts of many tests.
  account: async ({}, use, { workerIndex }) => {
    await use((name) => {
      const username = `${name}-${workerIndex}-${(accounts += 1)}`;
      return { username, email: `${username}@example.org`, password: "plum-orbit-velvet" };
    });
  },
});

/** Errors of programs, and what the policy refused; not that an answer was an error or did not come. */
function watch(context: BrowserContext, complaints: string[]): void {
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    const isNetwork = /^Failed to load resource|^WebSocket connection to|ERR_INTERNET_DISCONNECTED/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isNetwork) complaints.push(message.text());
  });
}

async function serveUnder(policy: string, context: BrowserContext): Promise<void> {
  // To Chromium a page from here is a stranger's, who may not open sockets to this machine.
  await context.grantPermissions(["local-network-access"]);
  await context.route(
    (url) => url.pathname === "/",
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
    },
  );
}

export async function signUp(page: Page, { username, email, password }: Account): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByRole("textbox", { name: "Username" }).fill(username);
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("status")).toContainText("Connected");
}

export async function signIn(page: Page, { username, password }: Account): Promise<void> {
  await page.getByRole("textbox", { name: "Email or username" }).fill(username);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("status")).toContainText("Connected");
}

/** Opens a page of the application. */
export async function turnTo(page: Page, name: "People" | "Messages" | "Events" | "Sessions"): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name }).click();
}

/** Opens the conversation with someone, through the list of people. */
export async function find(page: Page, { username }: Account): Promise<void> {
  await turnTo(page, "People");
  await page.getByRole("searchbox", { name: "Search people" }).fill(username);
  const people = page.getByRole("list", { name: "People" });
  // Until they are the first one found, their row moves.
  await expect(people.getByRole("listitem").first()).toContainText(username);
  await people.getByRole("link", { name: username }).first().click();
  await expect(page.getByRole("heading", { level: 2, name: username })).toBeVisible();
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** The messages with this text in the conversation that is open. */
export function messages(page: Page, text: string) {
  return page.getByRole("log", { name: "Messages" }).getByRole("article").filter({ hasText: text });
}

/** Someone in the list of conversations. */
export function conversation(page: Page, { username }: Account) {
  return page.getByRole("list", { name: "Conversations" }).getByRole("link", { name: username });
}

/** What has to be scrolled sideways to be seen. */
export function sidewaysScrollers(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const scrolls = (element: Element) => element === root || /auto|scroll/.test(getComputedStyle(element).overflowX);
    return [...document.querySelectorAll("*")]
      .filter((element) => element.scrollWidth > element.clientWidth && scrolls(element))
      .map((element) => `${element.tagName}.${element.className}`);
  });
}
