import { InputError } from '../graph/input-error.js';
import type { NoiseProcess } from '../graph/manifest.js';
import type { CheckpointConfig } from './checkpoint/config.js';
import type { CheckpointPlace } from './checkpoint/place.js';

/**
 * The noise that a checkpoint was trained with: as `given`, else as in its configuration, else from words such as
 * `absorb` or `uniform` in the name of its folder or of the one above. Throws an `InputError` when nothing says it, or
 * what is given contradicts the configuration.
 */
export function processOf(
  config: CheckpointConfig,
  { where, name, parent }: CheckpointPlace,
  given: NoiseProcess | undefined,
): NoiseProcess {
  if (given !== undefined && config.process !== undefined && given !== config.process) {
    throw new InputError(
      `${where} was trained with ${config.process} noise, as its config.json says, not with ${given} noise.`,
    );
  }
  // Names further up say nothing of this one.
  const noise = given ?? config.process ?? processInName(name) ?? processInName(parent);
  if (noise !== undefined) return noise;
  throw new InputError(
    `${where} does not say which noise it was trained with: neither its config.json (process) nor its name or its ` +
      `parent folder's (${[...processOfWord.keys()].join(', ')}). ` +
      `Name the process (process: 'absorbing' or 'uniform'; on the command line --process, of a judge --judge-process).`,
  );
}

/** Words in the names of published folders. */
const processOfWord: ReadonlyMap<string, NoiseProcess> = new Map([
  ['absorb', 'absorbing'],
  ['absorbing', 'absorbing'],
  ['mdlm', 'absorbing'],
  ['uniform', 'uniform'],
  ['duo', 'uniform'],
]);

/** The words in a folder's name. */
export const wordsOf = (name: string): readonly string[] => name.toLowerCase().split(/[^a-z]+/);

/** The noise that a folder's name says. One that says both says nothing. */
export function processInName(name: string): NoiseProcess | undefined {
  const said = new Set(wordsOf(name).flatMap((word) => processOfWord.get(word) ?? []));
  const [process] = said;
  return said.size === 1 ? process : undefined;
}
