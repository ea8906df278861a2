import { overhead } from './overhead.js';

const benches = { overhead };

const name = process.argv[2];
const chosen = Object.entries(benches).find(([each]) => each === name);
if (chosen === undefined) {
  console.error(`error: name a benchmark: ${Object.keys(benches).join(', ')} (npm run bench -- overhead)`);
  process.exitCode = 2;
} else {
  await chosen[1]();
}
