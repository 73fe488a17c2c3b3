/**
 * What a short program does with a client. It is carried to where it runs as text, so it must not look around.
 *
 * @param {import("../../../src/index.js").Client} gh
 * @param {string} name nobody else's
 */
export async function day(gh, name) {
  const states = [gh.auth.state];
  gh.auth.onChange((state) => states.push(state));
  const password = "plum-orbit-velvet";
  const me = await gh.auth.signUp({ username: name, email: `${name}@example.org`, password });
  await gh.auth.signIn({ email: me.email, password });
  const listed = [];
  for await (const { username } of gh.accounts.list({ q: name })) listed.push(username);
  const stream = gh.stream();
  const heard = new Promise((resolve) => stream.on("new_message", ({ message }) => resolve(message.content)));
  await new Promise((resolve) => stream.onConnection((connection) => connection === "connected" && resolve()));
  await gh.messages.send({ content: `Remember the milk, ${name}`, receiver_id: me.id });
  const content = await heard;
  stream.close();
  await gh.auth.signOut();
  return { states, listed, content, connection: stream.connection };
}

/** What comes of it. */
export const goodDay = (name) => ({
  states: ["signedOut", "signedIn", "signedOut"],
  listed: [name],
  content: `Remember the milk, ${name}`,
  connection: "ended",
});
