// Loaded before each test file. Where tools/parity.ts asks for it, every comparison of a golden test is written down.
import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import { listen } from './compare.ts';

const target = process.env.GRADUS_PARITY;
if (target !== undefined)
  listen(largest => {
    const { currentTestName, testPath } = expect.getState();
    appendFileSync(target, `${JSON.stringify({ test: currentTestName, file: testPath, largest })}\n`);
  });
