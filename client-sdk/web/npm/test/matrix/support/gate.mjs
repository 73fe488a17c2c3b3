// What stands before the server in a place where pages live: the files of a folder, and all that is under /api the
// server's, so that both are of one origin.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * @param {string} server URL of the server behind it
 * @param {string} folder whose files it serves
 * @param {{ headers?: Record<string, string>, answered?(path: string, status: number, text: string): void }} options
 *   `headers` go with each file; `answered` hears the server's answers
 */
export async function openGate(server, folder, { headers = {}, answered = () => {} } = {}) {
  const { hostname, port } = new URL(server);
  const sockets = new Set();
  const gate = createServer((request, response) => {
    const path = ofServer(request.url);
    if (path !== undefined) pass(request, response, path);
    else serve(request.url, response);
  });

  function pass(request, response, path) {
    const { method, headers } = request;
    const onward = ask({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => answered(path, answer.statusCode, Buffer.concat(parts).toString()));
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    onward.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  async function serve(url, response) {
    const path = normalize(decodeURIComponent(new URL(url, "http://gate").pathname));
    if (path === "/favicon.ico") return response.writeHead(204).end();
    try {
      const file = await readFile(join(folder, path.endsWith("/") ? `${path}index.html` : path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? TYPES[".html"], ...headers }).end(file);
    } catch {
      response.writeHead(404).end();
    }
  }

  gate.on("upgrade", (request, socket, head) => {
    const path = ofServer(request.url);
    if (path === undefined) return socket.destroy();
    const onward = connect(port, hostname, () => {
      const { method, rawHeaders } = request;
      let text = `${method} ${path} HTTP/1.1\r\n`;
      for (let at = 0; at < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
      onward.write(`${text}\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const [one, other] of [[socket, onward], [onward, socket]]) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => sockets.delete(one) && other.destroy());
    }
  });

  await once(gate.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${gate.address().port}`,
    close() {
      gate.close();
      gate.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The path behind `/api`. */
export const ofServer = (url) => /^\/api(\/.*)$/.exec(url)?.[1];
