import { tmpdir } from 'node:os';

const variable = 'XDG_RUNTIME_DIR';

/**
 * Looks for graphics devices without the Wayland library's remarks on the terminal, which it asks for screens on the way: it wants to
 * know where sockets are, and that there are none among the temporary files it takes without a word.
 */
export function quietly<T>(look: () => T): T {
  if (process.platform !== 'linux' || process.env[variable] !== undefined) return look();
  process.env[variable] = tmpdir();
  try {
    return look();
  } finally {
    Reflect.deleteProperty(process.env, variable);
  }
}
