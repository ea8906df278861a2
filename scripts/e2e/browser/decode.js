import { loadPipeline, openModel, run } from 'samplewire/browser';

/** Opens a model, runs a pipeline on it, and gives what came of both. */
export async function decode({ model: from, pipeline, request, options = {} }) {
  const model = await openModel(from, options);
  try {
    const runnable = await loadPipeline(pipeline);
    const last = await new Promise((resolve, reject) => {
      run(runnable, { ...request, model }).subscribe({
        next: (event) => {
          if (['finished', 'failed', 'cancelled'].includes(event.type)) resolve(event);
        },
        error: reject,
      });
    });
    const [row] = last.rows ?? [];
    return {
      ended: last.type,
      message: last.message,
      tokens: row?.tokens,
      text: row?.text,
      nfe: last.statistics?.nfe,
      backend: model.backend,
      warnings: model.warnings,
      left: model.denoiser.live,
    };
  } finally {
    model.denoiser.dispose();
  }
}
