import {
  loadPipeline,
  modelFilesOf,
  openModel,
  run,
  withRunState,
  type Model,
  type ModelFiles,
  type OpenProgress,
  type RunMoment,
  type RunnablePipeline,
  type RunStatistics,
} from 'samplewire/browser';
import { drawRow } from './draw-row.js';
import { frameOf, type Frame } from './frames.js';
import { ModelHolder, type Wanted } from './model-holder.js';
import { byId, drawFigures, fillFrom, messageOf } from './page.js';
import { drawParams, readParams } from './params-form.js';
import { Player } from './player.js';

const form = byId('request', HTMLFormElement);
const runButton = byId('run', HTMLButtonElement);
const stopButton = byId('stop', HTMLButtonElement);
const playButton = byId('play', HTMLButtonElement);
const momentSlider = byId('moment', HTMLInputElement);
const paceSlider = byId('pace', HTMLInputElement);
const text = byId('text', HTMLElement);
const status = byId('status', HTMLElement);
const problem = byId('problem', HTMLElement);
const figures = byId('figures', HTMLElement);
const paramFields = byId('params', HTMLElement);

const models = new ModelHolder(openModel);
const pipelines = new Map<string, Promise<RunnablePipeline>>();
const player = new Player(showFrame, showPlayer);
/** The model that wrote what the player shows. */
let writer: Model | null = null;
/** The pipeline whose parameters are in the form. */
let drawn: RunnablePipeline | null = null;
let folder: ModelFiles | null = null;
let statistics: RunStatistics | null = null;
let underWay: AbortController | null = null;

function field(name: string): HTMLInputElement | HTMLSelectElement {
  const found = form.elements.namedItem(name);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  throw new Error(`the form has no field ${name}`);
}

function wanted(): Wanted {
  const chosen = field('model').value;
  const from = chosen === 'folder' && folder !== null ? folder : chosen === '' ? field('address').value.trim() : chosen;
  return { from, backend: field('backend').value };
}

function pipelineNamed(name: string): Promise<RunnablePipeline> {
  const known = pipelines.get(name) ?? loadPipeline(`pipelines/${name}.json`);
  pipelines.set(name, known);
  known.catch(() => pipelines.delete(name));
  return known;
}

/** The pipeline that the form names, once its parameters are in the form. */
async function chosenPipeline(): Promise<RunnablePipeline> {
  const name = field('pipeline').value;
  const pipeline = await pipelineNamed(name);
  // Another one may have been chosen while this one came.
  if (field('pipeline').value !== name) return chosenPipeline();
  if (drawn !== pipeline) drawParams(paramFields, pipeline.graph.params);
  drawn = pipeline;
  return pipeline;
}

/** Does one thing at a time: what was under way is cancelled. What goes wrong is told on the page. */
async function take(what: (signal: AbortSignal) => Promise<void>): Promise<void> {
  underWay?.abort();
  const mine = new AbortController();
  underWay = mine;
  problem.hidden = true;
  stopButton.disabled = false;
  text.setAttribute('aria-busy', 'true');
  try {
    await what(mine.signal);
  } catch (error) {
    if (!mine.signal.aborted) tell(messageOf(error));
    if (underWay === mine) status.textContent = mine.signal.aborted ? 'Stopped.' : 'It did not work.';
  } finally {
    if (underWay === mine) {
      underWay = null;
      stopButton.disabled = true;
      text.setAttribute('aria-busy', 'false');
    }
  }
}

function tell(message: string): void {
  problem.textContent = message;
  problem.hidden = false;
}

async function open(signal: AbortSignal): Promise<Model> {
  status.textContent = 'Opening the model';
  const model = await models.get(wanted(), showProgress, signal);
  status.textContent = ['Ready.', ...(model.warnings ?? [])].join(' ');
  drawFigures(figures, { backend: model.backend ?? '' });
  return model;
}

function showProgress({ stage, done, total }: OpenProgress): void {
  const what = stage === 'download' ? 'Downloading the weights' : 'Preparing the weights';
  const how = total === null ? `${(done / 1e6).toFixed(1)} MB` : `${((100 * done) / total).toFixed(0)}%`;
  status.textContent = `${what}: ${how}`;
}

async function decode(signal: AbortSignal): Promise<void> {
  const pipeline = await chosenPipeline();
  const request = {
    params: readParams(paramFields, pipeline.graph.params),
    prompt: field('prompt').value,
    length: Number(field('length').value),
    seed: Number(field('seed').value),
  };
  const opened = await open(signal);
  signal.throwIfAborted();
  const moments = run(pipeline, { ...request, model: opened, signal }).pipe(withRunState());
  player.clear();
  writer = opened;
  statistics = null;
  await new Promise<void>((resolve, reject) => {
    moments.subscribe({ next: follow, complete: resolve, error: reject });
  });
}

function follow(moment: RunMoment): void {
  const { event } = moment;
  if (event.type === 'started') status.textContent = ['Writing.', ...event.warnings].join(' ');
  if (event.type === 'finished') {
    statistics = event.statistics;
    const { tokens, milliseconds, nfe } = statistics;
    status.textContent = `Wrote ${tokens} tokens in ${nfe.total} forwards and ${(milliseconds / 1000).toFixed(2)} s.`;
  }
  if (event.type === 'cancelled') status.textContent = 'Stopped.';
  if (event.type === 'failed') {
    status.textContent = 'It did not work.';
    tell(event.message);
    models.drop();
  }
  player.add(frameOf(moment, player.last));
}

function showFrame(frame: Frame): void {
  drawRow(text, frame, writer?.tokenizer ?? null);
  const { nfe, forwardMilliseconds, rows } = frame.state;
  const [row] = rows;
  const last = frame === player.last ? statistics : null;
  drawFigures(figures, {
    tokens: row === undefined ? '0' : String(row.tokens.length - row.promptLength),
    NFE: String(nfe.total),
    'of them AR': String(nfe.ar),
    remasked: String(frame.remasked),
    'in forwards': `${(forwardMilliseconds / 1000).toFixed(2)} s`,
    ...(last === null ? {} : { 'tokens a second': last.tokensPerSecond.toFixed(0) }),
    backend: writer?.backend ?? '',
  });
}

function showPlayer(): void {
  const { count, shown, playing } = player;
  playButton.disabled = momentSlider.disabled = count === 0;
  playButton.textContent = playing && (shown < count - 1 || underWay !== null) ? 'Pause' : 'Play';
  momentSlider.max = String(Math.max(0, count - 1));
  momentSlider.value = String(Math.max(0, shown));
  momentSlider.setAttribute('aria-valuetext', `moment ${shown + 1} of ${count}`);
}

/** From one beat a second, on the left, to as fast as they come. */
function setPace(): void {
  const part = Number(paceSlider.value) / 100;
  const each = 60 ** part;
  player.interval = part >= 1 ? 0 : 1000 / each;
  paceSlider.setAttribute('aria-valuetext', part >= 1 ? 'as fast as it goes' : `${each.toFixed(0)} steps a second`);
}

function drawForm(): void {
  byId('address-label', HTMLElement).hidden = field('model').value !== '';
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void take(decode);
});
stopButton.addEventListener('click', () => underWay?.abort());
playButton.addEventListener('click', () => {
  if (playButton.textContent === 'Pause') player.pause();
  else player.play();
});
momentSlider.addEventListener('input', () => {
  player.seek(Number(momentSlider.value));
});
paceSlider.addEventListener('input', setPace);
field('model').addEventListener('change', drawForm);
field('pipeline').addEventListener('change', () => {
  problem.hidden = true;
  chosenPipeline().catch((error: unknown) => {
    tell(messageOf(error));
  });
});
// Browsers say what is wrong with a field only where it can be seen.
paramFields.addEventListener('invalid', () => paramFields.closest('details')?.setAttribute('open', ''), true);
byId('folder', HTMLInputElement).addEventListener('change', ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.files === null || target.files.length === 0) return;
  const { files } = target;
  void take(async (signal) => {
    folder = modelFilesOf(files);
    form.querySelector('option[value="folder"]')?.removeAttribute('hidden');
    field('model').value = 'folder';
    drawForm();
    await open(signal);
  });
});

const refused = fillFrom(new URLSearchParams(location.search), form);
setPace();
drawForm();
runButton.disabled = false;
void take(async (signal) => {
  await chosenPipeline();
  await open(signal);
});
if (refused.length > 0) tell(`The address of this page asks for what the form has not got: ${refused.join(', ')}.`);
