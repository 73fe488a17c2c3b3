/**
 * The typed client of Guildhall: every call of a server, signing in once and staying signed in, and
 * the realtime stream without gaps.
 *
 * @module
 */

export { createClient, type Client } from "./client.js";
export { GuildhallError, isGuildhallError } from "./errors.js";
export type { ClientErrorCode, ErrorDetails, GuildhallErrorCode } from "./errors.js";
export type { Auth, SignInChange, SignInListener, SignInState } from "./auth.js";
export type { List, Rows } from "./list.js";
export type { CallOptions, ClientOptions, Fetch, TokenStorage, WebSocketClass } from "./options.js";
export type { LiveStream, StreamConnection, StreamFrame, StreamOptions } from "./stream.js";
export type * from "./methods.js";
export type * from "./contract.js";
