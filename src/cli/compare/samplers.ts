import { parseParams } from '../../graph/bind.js';
import { InputError } from '../../graph/input-error.js';
import { didYouMean, listing } from '../../graph/names.js';
import type { ParamValue } from '../../graph/params.js';
import type { ComparedSampler } from '../../evaluation/comparison.js';
import { loadPipelineWithImports, type ImportFlags, type LoadedPipeline } from '../documents.js';
import type { Faults } from '../faults.js';

/** A sampler of the command line, with the file of its document. */
export interface GivenSampler extends ComparedSampler {
  readonly path: string;
}

/** A document with settings of its own: `diffusion-corrector[measure=margin,guideEvery=2]`. */
interface SamplerWord {
  readonly given: string;
  readonly document: string;
  readonly settings: readonly string[];
}

interface SamplerFlags extends ImportFlags {
  readonly set: readonly string[];
  /** A parameter that nobody may set. */
  readonly reserved: string | null;
}

/**
 * Samplers of the command line: each a document with settings of its own, to which those of `--set` come where the
 * document has such a parameter. What is wrong with them goes to `faults`.
 */
export async function samplersOf(
  words: readonly string[],
  { set, reserved, ...flags }: SamplerFlags,
  faults: Faults,
): Promise<readonly GivenSampler[]> {
  const loaded: { readonly word: SamplerWord; readonly pipeline: LoadedPipeline }[] = [];
  for (const given of words) {
    const word = faults.catch(() => parseWord(given));
    if (word === undefined) continue;
    const pipeline = await faults.catchAsync(() => loadPipelineWithImports(word.document, flags));
    if (pipeline !== undefined) loaded.push({ word, pipeline });
  }
  if (loaded.length === words.length) refuseUnread(set, loaded, faults);
  if (reserved !== null && set.some((setting) => nameOf(setting) === reserved)) {
    faults.add(`--set ${reserved}=... and --nfe both decide ${reserved}; give one of them`);
  }
  const named = loaded.map(({ pipeline, word }) => labelled(pipeline.graph.name, word));
  return loaded.flatMap(({ word, pipeline }, i) => {
    const { graph, path } = pipeline;
    const label = named.indexOf(named[i] ?? '') === named.lastIndexOf(named[i] ?? '') ? (named[i] ?? '') : word.given;
    const shared = set.filter((setting) => setting.includes('=') && Object.hasOwn(graph.params, nameOf(setting)));
    const params = faults.catch((): Readonly<Record<string, ParamValue>> =>
      parseParams(graph, [...shared, ...word.settings]),
    );
    return params === undefined ? [] : [{ label, path, pipeline: { graph }, params }];
  });
}

function parseWord(given: string): SamplerWord {
  const match = /^([^[\]]+)(?:\[([^[\]]*)\])?$/.exec(given);
  const document = match?.[1]?.trim() ?? '';
  if (document === '') {
    throw new InputError(
      `"${given}" is no sampler: expected a pipeline, or one with settings as in "block-ancestral[steps=8,blockSize=4]"`,
    );
  }
  const settings = (match?.[2] ?? '').split(',').map((setting) => setting.trim());
  return { given, document, settings: settings.filter((setting) => setting !== '') };
}

const labelled = (name: string, { settings }: SamplerWord): string =>
  settings.length === 0 ? name : `${name}[${settings.join(',')}]`;

const nameOf = (setting: string): string => (setting.split('=')[0] ?? '').trim();

/** A setting that no sampler reads is a slip. */
function refuseUnread(
  set: readonly string[],
  loaded: readonly { readonly pipeline: LoadedPipeline }[],
  faults: Faults,
): void {
  const known = new Set(loaded.flatMap(({ pipeline }) => Object.keys(pipeline.graph.params)));
  for (const setting of set) {
    const name = nameOf(setting);
    if (!setting.includes('=')) faults.add(`"${setting}" is not a setting: expected --set name=value`);
    else if (!known.has(name)) {
      faults.add(
        `--set ${setting}: no sampler here has a parameter "${name}" (there are ${listing(known)})${didYouMean(name, known)}`,
      );
    }
  }
}
