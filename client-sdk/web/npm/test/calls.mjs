/**
 * What every entry is tried with, in Node.js and in a page. It is carried there as text, so it must not look around.
 *
 * @returns "well", or else what is wrong.
 */
export async function calls(createClient) {
  const fetch = async (url) => ({
    status: 200,
    headers: { get: () => null },
    text: async () => JSON.stringify({ id: 1, name: url }),
  });
  const client = createClient("https://example.org/", { fetch });
  const { name } = await client.groups.get("é/");
  if (name !== "https://example.org/groups/%C3%A9%2F") return `asked for ${name}`;
  // More than the core's memory holds at first, which must grow.
  const many = await Promise.all(Array.from({ length: 5_000 }, (_, at) => client.groups.get(at)));
  const strange = many.find(({ name }, at) => name !== `https://example.org/groups/${at}`);
  return strange ? `an answer came back as ${strange.name}` : "well";
}
