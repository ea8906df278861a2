/**
 * Something a person gave is wrong: a file, a flag, a document, a request. The message is one clear
 * sentence (what, where, what would be right), and no stack trace should reach anyone.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}
