import type { RemoteFile } from '../../../models/hub/repository.js';
import { nameOf, type Wheel } from './wheel.js';

/** A wheel as what downloads and checks it sees it. */
export const remoteFileOf = (wheel: Wheel): RemoteFile => ({
  path: nameOf(wheel),
  size: wheel.size,
  hash: { kind: 'sha256', hex: wheel.sha256 },
});
