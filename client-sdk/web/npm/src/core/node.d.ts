// All that the package uses of Node.js. Its own types would bring their globals along, which are not
// those of a browser.
declare module "node:fs/promises" {
  export function readFile(path: URL): Promise<BufferSource>;
}
