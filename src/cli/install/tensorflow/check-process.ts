/** Started by `checkBuild`: computes with the library in the folder of SAMPLEWIRE_TENSORFLOW and writes a line of JSON. */
import { messageOf } from '../../../graph/message-of.js';
import { checkArithmetic } from '../../../models/tfjs/loading/check-arithmetic.js';
import { loadTensorBackend } from '../../../models/tfjs/load.js';

try {
  const backend = await loadTensorBackend('tensorflow');
  checkArithmetic(backend);
  process.stdout.write(
    `${JSON.stringify({ library: libraryVersion(backend.tf.backend()), device: backend.device })}\n`,
  );
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

function libraryVersion(kernels: unknown): string {
  const binding = typeof kernels === 'object' && kernels !== null && 'binding' in kernels ? kernels.binding : undefined;
  return typeof binding === 'object' && binding !== null && 'TF_Version' in binding ? String(binding.TF_Version) : '?';
}
