import { InputError } from '../../graph/input-error.js';
import { readRegularFile } from '../../platform/regular-file.js';

/** A token that is only ever handed to a request: it is in no field, so that printing this shows nothing. */
export interface Credentials {
  /** The variable or the file that it came from. */
  readonly source: string;
  /** The request headers that carry it. */
  readonly headers: () => Readonly<Record<string, string>>;
}

/** The token of `HF_TOKEN`, else of `HUGGING_FACE_HUB_TOKEN`, else of the file that `hf auth login` writes. */
export async function readToken(
  variable: (name: string) => string | undefined,
  file: string,
): Promise<Credentials | null> {
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const given = variable(name)?.trim();
    if (given !== undefined) return credentialsOf(given, name);
  }
  const given = new TextDecoder()
    .decode(await readRegularFile(file, { what: 'the file of a token', most: 1e4 }))
    .trim();
  return given === '' ? null : credentialsOf(given, file);
}

function credentialsOf(token: string, source: string): Credentials {
  // The client of HTTP would refuse it with an error that shows it.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new InputError(`The token in ${source} holds characters that no token has; it is letters, digits and _.`);
  }
  return { source, headers: () => ({ authorization: `Bearer ${token}` }) };
}
