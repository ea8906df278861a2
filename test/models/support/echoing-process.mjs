// Tells what it was started with, something else, and that again.
const told = { request: JSON.parse(process.argv[2]), flags: process.execArgv, number: NaN };
process.send(told, () => process.send('chatter', () => process.send(told, () => process.exit(3))));
