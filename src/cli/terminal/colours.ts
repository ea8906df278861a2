import type { ColorSupportLevel } from 'chalk';
import { supportsColor, supportsColorStderr } from 'chalk';

/** Colours of a stream: none where it is no terminal that has them, or where NO_COLOR is set (no-color.org). */
export function colourLevel(environment: Readonly<NodeJS.ProcessEnv>, stream: 'stdout' | 'stderr'): ColorSupportLevel {
  if ((environment['NO_COLOR'] ?? '') !== '') return 0;
  const support = stream === 'stdout' ? supportsColor : supportsColorStderr;
  return support === false ? 0 : support.level;
}
