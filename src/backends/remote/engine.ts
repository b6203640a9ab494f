// The script of the engine's worker: answers what the page's device asks.
import { Engine } from './serve.ts';

const engine = new Engine((reply, transfer) => globalThis.postMessage(reply, { transfer }));
globalThis.onmessage = event => engine.handle(event.data);
globalThis.postMessage({ kind: 'ready' });
