/**
 * `node --import ./scripts/typescript.mjs file.ts`: runs TypeScript, in worker threads as well, which tsx's own command
 * line leaves out.
 */
import { register } from 'tsx/esm/api';

register();
