export type { LearningRate, Optimizer, OptimizerState } from './optimizer.ts';
export * as optimizers from './optimizerExports.ts';
export * as schedules from './scheduleExports.ts';
export type { Schedule } from './schedules.ts';
