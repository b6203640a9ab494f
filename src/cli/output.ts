/** Where a command writes: text for humans, or one JSON object a line and nothing else. */
export interface Output {
  readonly json: boolean;
  say(text: string): void;
  event(record: Readonly<Record<string, unknown>>): void;
}

export const standardOutput = (json: boolean): Output => ({
  json,
  say: text => {
    if (!json) process.stdout.write(`${text}\n`);
  },
  event: record => {
    if (json) process.stdout.write(`${JSON.stringify(record)}\n`);
  },
});
