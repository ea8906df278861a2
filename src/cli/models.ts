import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { InputError } from '../graph/input-error.js';
import { didYouMean, listing } from '../graph/names.js';
import type { Model, Tokenizer } from '../models/denoiser.js';
import { fetchModel } from '../models/hub/fetch-model.js';
import { isHubReference } from '../models/hub/reference.js';
import { openModel, type OpenOptions } from '../models/open-model.js';
import { withChoosing } from './choosing.js';
import { withHub } from './hub.js';
import type { TokenText } from './live/cells.js';
import { withOpeningBar } from './opening.js';
import { note } from './report.js';
import type { Session } from './session.js';
import { defaultModel, shippedModel, shippedModels } from './shipped.js';

/** The folder of a model given as `findModel` takes it, or on the hub, from which it is downloaded where need be. */
export async function resolveModel(session: Session, given: string | undefined): Promise<string> {
  if (given === undefined || !isHubReference(given)) return findModel(given);
  return withHub(session, (hub) => fetchModel(given, hub));
}

/** Opens a model given in one of these ways. Progress is shown, of downloads from the hub and of reading. */
export async function openGivenModel(
  session: Session,
  given: string | undefined,
  options: Omit<OpenOptions, 'hub' | 'progress' | 'signal' | 'choosing'>,
): Promise<Model> {
  const folder = await resolveModel(session, given);
  const { signal } = session;
  return withChoosing(session, (choosing) =>
    withOpeningBar(session, basename(resolve(folder)), (progress) =>
      withHub(session, (hub) => openModel(folder, { ...options, hub, progress, signal, choosing })),
    ),
  );
}

/** The folder of a model given by its path or, for a shipped one, by its name; the default one when none is given. */
function findModel(given: string | undefined): string {
  const name = given ?? defaultModel;
  if (given !== undefined && existsSync(given)) return given;
  const names = shippedModels();
  if (names.includes(name)) return shippedModel(name);
  if (given === undefined)
    throw new InputError(`the default model ${shippedModel(name)} is not there; name one with --model DIR`);
  const hint = didYouMean(given, names);
  throw new InputError(
    `there is no folder ${given} (models on the hub begin with hf:), ` +
      `and no shipped model of that name (there are ${listing(names)})${hint}`,
  );
}

/** Says that tokens are shown as ids where a model has no tokenizer, and how to give it one. */
export function noteIfWithoutTokenizer(session: Session, { denoiser, tokenizer }: Model): void {
  if (tokenizer !== null) return;
  note(
    session,
    `${denoiser.manifest.name} has no tokenizer, so that tokens are shown as ids; --tokenizer DIR gives it one`,
  );
}

/** Tokens as text for the live view; where a model has no tokenizer, as numbers of one width. */
export function tokenTextOf(tokenizer: Tokenizer | null, vocabularySize: number): TokenText {
  if (tokenizer !== null) return { decode: (tokens) => tokenizer.decode(tokens), mask: '\u2591' };
  const digits = String(vocabularySize - 1).length;
  return {
    decode: (tokens) => tokens.map((token) => `${String(token).padStart(digits)} `).join(''),
    mask: `${'\u2591'.repeat(digits)} `,
  };
}
