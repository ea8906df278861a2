import type { Model, ModelFiles, OpenOptions, OpenProgress } from 'samplewire/browser';

/** What a model is opened from, and on what. */
export interface Wanted {
  readonly from: string | ModelFiles;
  /** '' for the best here. */
  readonly backend: string;
}

type Open = (from: string | ModelFiles, options: OpenOptions) => Promise<Model>;

/** Keeps the model that is open, and lets it go when another one is wanted. */
export class ModelHolder {
  readonly #open: Open;
  #wanted: Wanted | null = null;
  #model: Model | null = null;

  constructor(open: Open) {
    this.#open = open;
  }

  async get(wanted: Wanted, progress: (progress: OpenProgress) => void, signal: AbortSignal): Promise<Model> {
    if (this.#model !== null && this.#wanted?.from === wanted.from && this.#wanted.backend === wanted.backend) {
      return this.#model;
    }
    this.drop();
    const { from, backend } = wanted;
    const model = await this.#open(from, { progress, signal, ...(backend === '' ? {} : { backend }) });
    if (signal.aborted) {
      // Another one may be open by now.
      model.denoiser.dispose();
      signal.throwIfAborted();
    }
    this.#wanted = wanted;
    this.#model = model;
    return model;
  }

  /** The next one is opened anew: the device may be gone, and the model with it. */
  drop(): void {
    this.#model?.denoiser.dispose();
    this.#model = null;
  }
}
