/** Plain data that JSON keeps. */
export type ConfigValue = null | boolean | number | string | readonly ConfigValue[] | { readonly [key: string]: ConfigValue };

/** What describes a layer, a loss, an optimizer: saving, printing and equality come from it. */
export type Config = { readonly [key: string]: ConfigValue };

/** Without the keys whose value is undefined. */
export const compact = (config: { readonly [key: string]: ConfigValue | undefined }): Config =>
  Object.fromEntries(Object.entries(config).filter((entry): entry is [string, ConfigValue] => entry[1] !== undefined));
