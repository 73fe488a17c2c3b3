// The one client of the page: one person, one login, shared with the site's other tabs.

import { createClient, isGuildhallError } from "@guildhall/client";

/** The page is in English, and so is what the server says in it. */
export const gh = createClient(location.origin, { language: "en" });

/** What to tell people of an error: the server's words where it has said something. */
export function inWords(error: unknown): string {
  if (!isGuildhallError(error)) throw error;
  switch (error.code) {
    case "network":
    case "timeout":
      return "The server cannot be reached. Is the connection down?";
    case "decode":
      return "The server's answer makes no sense to this page.";
    case "too_many_requests":
      return error.retryAfter ? `${error.message}. Try again in ${error.retryAfter} s.` : error.message;
    default:
      return error.message;
  }
}

/** Errors that belong to one field, though the server has no list of fields for them. */
const FIELD_OF: { [code: string]: string } = {
  email_taken: "email",
  username_taken: "username",
  event_title_taken: "title",
};

/** What is wrong with each field, by its name in the request. */
export function fieldErrors(error: unknown): Map<string, string> {
  const errors = new Map<string, string>();
  if (!isGuildhallError(error)) return errors;
  for (const { field, message } of error.errors) errors.set(field, asSentence(message));
  const field = FIELD_OF[error.code];
  if (field) errors.set(field, error.message);
  return errors;
}

/** Below the field's name, what the server says of it stands alone. */
const asSentence = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
