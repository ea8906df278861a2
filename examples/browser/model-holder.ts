import { openModel, type Model, type ModelFiles, type OpenProgress } from 'samplewire/browser';

/** What a model is opened from, and on what. */
export interface Wanted {
  readonly from: string | ModelFiles;
  /** '' for the best here. */
  readonly backend: string;
}

/** Keeps the model that is open, and lets it go when another one is wanted. */
export class ModelHolder {
  #wanted: Wanted | null = null;
  #model: Model | null = null;

  async get(wanted: Wanted, progress: (progress: OpenProgress) => void, signal: AbortSignal): Promise<Model> {
    if (this.#model !== null && this.#wanted?.from === wanted.from && this.#wanted.backend === wanted.backend) {
      return this.#model;
    }
    this.drop();
    const { from, backend } = wanted;
    const model = await openModel(from, { progress, signal, ...(backend === '' ? {} : { backend }) });
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
