import { unknownOptions } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';

export interface RemoteMonitorOptions {
  /** Default 'http://localhost:9000'. */
  readonly root?: string;
  /** Default '/publish/epoch/end/'. */
  readonly path?: string;
  /** The field of the form that holds the JSON. Default 'data'. */
  readonly field?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends JSON itself, not a form with a field of it. Default false. */
  readonly sendAsJson?: boolean;
}

/**
 * Posts the figures of each epoch, with its number from 0, to a server. One that does not answer is told, and the training goes on.
 *
 * Source: Keras' RemoteMonitor.
 * @example callbacks.remoteMonitor({ root: 'https://example.org', sendAsJson: true })
 */
export const remoteMonitor = (options: RemoteMonitorOptions = {}): Callback => {
  unknownOptions('callbacks.remoteMonitor', options, ['root', 'path', 'field', 'headers', 'sendAsJson']);
  const { root = 'http://localhost:9000', path = '/publish/epoch/end/', field = 'data', headers = {}, sendAsJson = false } = options;
  return {
    async onEpochEnd(epoch, logs, { say }) {
      const data = JSON.stringify({ epoch, ...logs });
      const body = sendAsJson ? data : new URLSearchParams({ [field]: data }).toString();
      const type = sendAsJson ? 'application/json' : 'application/x-www-form-urlencoded';
      try {
        await (await fetch(root + path, { method: 'POST', headers: { 'Content-Type': type, ...headers }, body })).arrayBuffer();
      } catch {
        say(`remoteMonitor could not reach ${root}: the figures of epoch ${epoch + 1} were not sent.`);
      }
    },
  };
};
