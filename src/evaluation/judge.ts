import type { ModelManifest } from '../graph/manifest.js';
import type { Model } from '../models/denoiser.js';

/** Ids that stand for text: all but the mask. */
const wordsOf = ({ maskId, vocabularySize }: ModelManifest): number => maskId ?? vocabularySize;

/** Why one model cannot score what another writes; `null` where it can: the same ids have to mean the same text. */
export function vocabularyProblem(writer: Model, judge: Model): string | null {
  const [written, judged] = [writer.denoiser.manifest, judge.denoiser.manifest];
  const names = `the judge ${judged.name} and the model ${written.name}`;
  if (wordsOf(written) !== wordsOf(judged)) {
    return `${names} have different vocabularies, of ${wordsOf(judged)} and ${wordsOf(written)} tokens`;
  }
  if (writer.tokenizer === null || judge.tokenizer === null) {
    return writer.tokenizer === judge.tokenizer ? null : `of ${names} only one has a tokenizer`;
  }
  for (let id = 0; id < wordsOf(written); id++) {
    const [there, here] = [judge.tokenizer.decode([id]), writer.tokenizer.decode([id])];
    if (there !== here) {
      return `${names} have different tokenizers: token ${id} is ${JSON.stringify(there)} and ${JSON.stringify(here)}`;
    }
  }
  return null;
}
