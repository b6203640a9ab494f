import { GradusError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';

const provided = new Map<string, unknown>();

/**
 * Gives a package to the readers that stand on it, where they cannot find it by themselves: in a bundle for the browser.
 *
 * @example providePackage('hyparquet', await import('hyparquet'))
 */
export const providePackage = (name: string, module: unknown): void => void provided.set(name, module);

/**
 * A package that the user has installed; its parts lie under `default` where it is CommonJS.
 * @throws GradusError that says what to install.
 */
export const packageFor = async <M>(name: string, purpose: string): Promise<M> => {
  const found = provided.get(name) ?? (await platform().importPackage(name));
  if (found === undefined)
    throw new GradusError(
      `${purpose} needs the package '${name}', which is not installed. ` +
        (platform().name === 'node'
          ? `Install it: npm install ${name}`
          : `Bundle it, and hand it over: providePackage('${name}', await import('${name}')).`),
    );
  return found as M;
};
