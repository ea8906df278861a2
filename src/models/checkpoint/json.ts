import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';

/** The value that the bytes of a JSON file stand for. Throws an `InputError` where it is not JSON; `where` names the file. */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return value;
  } catch (error) {
    throw new InputError(`${where} is not JSON (${messageOf(error)}).`);
  }
}
