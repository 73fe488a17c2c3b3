import { Kind, type Bridge } from "./bridge.js";
import type { Credentials, NewAccount, User } from "./contract.js";
import { GuildhallError } from "./errors.js";
import { soon } from "./listeners.js";
import { AUTH } from "./methods.js";
import type { CallOptions } from "./options.js";
import { prepare } from "./request.js";

/** Whether someone is signed in, as far as this device knows. */
export type SignInState = "signedIn" | "signedOut";

/**
 * What became of the sign-in:
 *
 * - `signedIn`: someone signed in, here or in another tab.
 * - `renewed`: the tokens were renewed, here or in another tab.
 * - `signedOut`: the user signed out, here or in another tab.
 * - `expired`: the server ended the login: it was revoked, or not used for too long.
 */
export type SignInChange = "signedIn" | "renewed" | "signedOut" | "expired";

/** Hears how it stands with the sign-in; at first without a change. */
export type SignInListener = (state: SignInState, change: SignInChange | undefined) => void;

/**
 * Signing in and out. The tokens are kept in the client's storage and renewed as they have to be, once
 * for all calls that wait; no program needs to see them.
 */
export interface Auth {
  /** Whether someone is signed in, as far as this device knows. */
  readonly state: SignInState;

  /**
   * Creates an account. It does not sign in.
   *
   * @throws {GuildhallError} among others `email_taken`, `username_taken`, `weak_password`,
   * `validation_failed`, `registration_closed`
   */
  signUp(account: NewAccount, options?: CallOptions): Promise<User>;

  /**
   * Signs in; `email` may be a username too. Whoever was signed in before is not any more on this
   * device, though their login goes on at the server.
   *
   * @throws {GuildhallError} among others `invalid_credentials`, `account_disabled`,
   * `too_many_requests` with `retryAfter`
   */
  signIn(credentials: Credentials, options?: CallOptions): Promise<void>;

  /**
   * Signs this device out: here at once, and at the server as soon as it answers. Where nobody is
   * signed in, it does nothing.
   *
   * @throws {GuildhallError} among others `network`, `timeout`, `unavailable`, where the server could
   * not be told. Here it is done nevertheless; there the login ends by itself when it has not been
   * used for long.
   */
  signOut(options?: CallOptions): Promise<void>;

  /**
   * Renews the tokens now, though no call needs that.
   *
   * @throws {GuildhallError} `not_authenticated` where nobody is signed in, or any more
   */
  renew(options?: CallOptions): Promise<void>;

  /**
   * Tells of every change of the sign-in, also of those that other tabs make. Listeners are called
   * after the change, one by one, outside of all calls; what they throw goes to the console.
   *
   * @param options `immediate`: tells also how it stands now, without a change.
   * @returns what takes the listener off again
   */
  onChange(listener: SignInListener, options?: { immediate?: boolean }): () => void;
}

/** @internal */
export function makeAuth(bridge: Bridge): Auth {
  const make = (line: string, args: unknown[], kind: Kind) => {
    const { call, options } = prepare(line, args);
    return bridge.body(call, options, kind);
  };
  return {
    get state() {
      return bridge.state;
    },
    signUp: async (...args) => (await make(AUTH.signUp, args, Kind.Ordinary)) as User,
    async signIn(...args) {
      await make(AUTH.signIn, args, Kind.SignIn);
    },
    async signOut(...args) {
      await make(AUTH.signOut, args, Kind.SignOut);
    },
    async renew(options) {
      await bridge.body(undefined, options, Kind.Renew);
      if (bridge.state === "signedOut") throw signedOut();
    },
    onChange(listener, { immediate } = {}) {
      // Each time as another one, so that it can be added twice and taken off once.
      const own: SignInListener = (state, change) => listener(state, change);
      bridge.listeners.add(own);
      if (immediate) soon(() => bridge.listeners.has(own) && own(bridge.state, undefined));
      return () => void bridge.listeners.delete(own);
    },
  };
}

/** @internal */
export function signedOut(): GuildhallError {
  return new GuildhallError("not_authenticated", "Nobody is signed in");
}
