// What messages can be: long, many, in other scripts, and not sent.

import { conversation, expect, find, messages, sidewaysScrollers, signUp, test, turnTo, write } from "./fixtures.ts";

test("texts are shown as they are, whatever is in them", async ({ visit, account, client }) => {
  const page = await visit({ viewport: { width: 390, height: 844 } });
  const [ada, ben] = [account("ada"), account("ben")];
  await signUp(page, ada);
  await client.auth.signUp(ben);
  await find(page, ben);
  const texts = ["<img src=x onerror=alert(1)> & <b>bold</b>", "one\n\n  two", "שלום, מה שלומך?", "W".repeat(10_000)];
  for (const text of texts) {
    await write(page, text);
    await expect(messages(page, text.trim())).toHaveCount(1);
  }
  await expect(page.getByRole("log").locator("img")).toHaveCount(0);
  expect(await sidewaysScrollers(page)).toEqual([]);
});

test("older messages come when they are asked for", async ({ visit, account, client }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const page = await visit();
  await signUp(page, ada);
  const { id } = await client.auth.signUp(ben);
  await client.auth.signIn(ben);
  const [adasId] = await client.accounts.list({ q: ada.username });
  for (let number = 1; number <= 60; number += 1) {
    await client.messages.send({ receiver_id: adasId!.id, content: `Number ${number}.` });
  }

  await turnTo(page, "Messages");
  await expect(conversation(page, ben)).toHaveAccessibleName(/60 unread/);
  await page.reload();
  await page.goto(`/#/messages/${id}`);
  await expect(messages(page, "Number")).toHaveCount(50);
  await expect(messages(page, "Number 60.")).toBeInViewport();
  const log = page.getByRole("log");
  await expect(log).toHaveAttribute("aria-live", "polite");
  const announced = log.evaluate((element) => {
    return new Promise((resolve) => {
      const observer = new MutationObserver(() => resolve(element.ariaLive));
      observer.observe(element, { childList: true });
    });
  });
  await page.getByRole("button", { name: "Show older messages" }).click();
  await expect(messages(page, "Number")).toHaveCount(60);
  expect(await announced, "how older messages are announced").toBe("off");
  await expect(log).toHaveAttribute("aria-live", "polite");
  await expect(messages(page, "Number 1.")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Show older messages" })).toHaveCount(0);
});

test("what comes while a conversation is read is there once, and in its place", async ({ visit, account }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const [adasPage, bensPage] = [await visit(), await visit()];
  await Promise.all([signUp(adasPage, ada), signUp(bensPage, ben)]);
  await find(adasPage, ben);
  await write(adasPage, "First thing");
  await turnTo(bensPage, "Messages");
  await expect(conversation(bensPage, ada)).toHaveAccessibleName(/1 unread/);

  // The answer is from before the second message, and comes after it.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await bensPage.route("**/conversations/*/messages*", async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  await Promise.all([bensPage.waitForRequest("**/conversations/*/messages*"), conversation(bensPage, ada).click()]);
  await write(adasPage, "Second thing");
  await expect(conversation(bensPage, ada)).toContainText("Second thing");
  letGo();
  await expect(messages(bensPage, "thing")).toHaveText([/First thing/, /Second thing/]);
});

test("a message whose answer was lost is sent again, and there once", async ({ visit, account }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const [adasPage, bensPage] = [await visit(), await visit()];
  // Nor does the stream tell that the server has it.
  let isMuted = false;
  await adasPage.routeWebSocket("**/ws/*", (socket) => {
    socket.connectToServer().onMessage((frame) => isMuted || socket.send(frame));
  });
  await Promise.all([signUp(adasPage, ada), signUp(bensPage, ben)]);
  await find(adasPage, ben);
  await find(bensPage, ada);
  isMuted = true;
  await adasPage.route("**/messages", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await write(adasPage, "Still there?");
  await expect(messages(adasPage, "Not sent")).toHaveCount(1);
  await expect(messages(bensPage, "Still there?")).toHaveCount(1);

  await adasPage.unroute("**/messages");
  await adasPage.getByRole("button", { name: "Try again" }).click();
  await expect(messages(adasPage, "Not sent")).toHaveCount(0);
  await expect(messages(adasPage, "Still there?")).toHaveCount(1);
  await write(adasPage, "Good.");
  await expect(messages(bensPage, "Good.")).toHaveCount(1);
  await expect(messages(bensPage, "Still there?")).toHaveCount(1);
});

test("a message that has to be tried twice is not overtaken by the next one", async ({ visit, account, client }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const page = await visit();
  await signUp(page, ada);
  await client.auth.signUp(ben);
  await find(page, ben);
  await page.route("**/messages", (route) => route.abort(), { times: 1 });
  await write(page, "First thing");
  await write(page, "Second thing");
  await expect(messages(page, "Sending")).toHaveCount(0);
  await expect(messages(page, "thing")).toHaveText([/First thing/, /Second thing/]);
});

test("what is not sent stays, whoever else says the same", async ({ visit, account, client }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const page = await visit();
  await signUp(page, ada);
  const { id } = await client.auth.signUp(ben);
  await client.auth.signIn(ada);
  await find(page, ben);

  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route("**/messages", async (route) => {
    await held;
    await route.abort();
  });
  await write(page, "Yes.");
  await expect(messages(page, "Sending")).toHaveCount(1);
  await client.messages.send({ receiver_id: id, content: "Yes." });
  await expect(messages(page, "Sending")).toHaveCount(0);
  await expect(messages(page, "Yes.")).toHaveCount(1);
  letGo();
  await expect(messages(page, "Not sent")).toHaveCount(1);
  await client.messages.send({ receiver_id: id, content: "Yes." });
  await expect(messages(page, "Yes.")).toHaveCount(3);

  await page.unroute("**/messages");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(messages(page, "Not sent")).toHaveCount(0);
  await expect(messages(page, "Sending")).toHaveCount(0);
  await expect(messages(page, "Yes.")).toHaveCount(3);
});

test("what comes while nobody looks is unread", async ({ visit, account }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const [adasPage, bensPage] = [await visit(), await visit()];
  await Promise.all([signUp(adasPage, ada), signUp(bensPage, ben)]);
  await find(bensPage, ada);
  await find(adasPage, ben);
  await write(adasPage, "Hello");
  await expect(messages(bensPage, "Hello")).toHaveCount(1);
  await expect(messages(adasPage, "Seen")).toHaveCount(1);

  await turnTo(bensPage, "Events");
  await write(adasPage, "Anyone?");
  await expect(bensPage.getByRole("navigation").getByRole("link", { name: "Messages 1 unread" })).toBeVisible();
  await expect(bensPage).toHaveTitle(/^\(1\)/);
});
