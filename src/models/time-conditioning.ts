import { InputError } from '../graph/input-error.js';
import type { OpenCheckpoint } from './checkpoint/checkpoint.js';
import type { CheckpointPlace } from './checkpoint/place.js';
import { processInName, wordsOf } from './process-of.js';

/**
 * Refuses a network that is conditioned on the noise level, as the published Duo baselines are: passes are computed at
 * level 0, which is right for all other networks. `time_conditioning` in the configuration says it, else the name of a full-sequence
 * model does, by the word `duo`. For whoever decodes: parity cases say what they were computed at, and may be compared.
 */
export function refuseTimeConditioning(
  { config, shape }: Pick<OpenCheckpoint, 'config' | 'shape'>,
  place: CheckpointPlace,
): void {
  const said = config.time_conditioning ?? config.algo?.time_conditioning;
  // Without adaLN nothing could be conditioned.
  if (shape.condition === null || said === false) return;
  if (said === undefined && !(config.type === 'dit' && isNamedDuo(place))) return;
  throw new InputError(
    `${place.where} is conditioned on the noise level (${said === true ? 'time_conditioning in its config.json' : 'its name says Duo'}), ` +
      `which is not supported: its samples would be wrong. Take another model, such as MDLM or a uniform BlockGen` +
      (said === true ? '.' : `; if it is not conditioned, say "time_conditioning": false in its config.json.`),
  );
}

/** Names are read as `processOf` reads them: the folder's own, else that of the one above. */
function isNamedDuo({ name, parent }: CheckpointPlace): boolean {
  const speaking = processInName(name) === undefined ? parent : name;
  return wordsOf(speaking).includes('duo');
}
