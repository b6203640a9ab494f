export * from './nn/index.ts';
export * from './optimizers/index.ts';
export * from './tensor/index.ts';
export * from './train/index.ts';
