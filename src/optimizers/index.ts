export type { WeightGroup } from './multiOptimizer.ts';
export type { LearningRate, Optimizer, OptimizerState } from './optimizer.ts';
export * as optimizers from './optimizerExports.ts';
export type { PathPattern } from './patterns.ts';
export * as schedules from './schedules/exports.ts';
export type { Schedule } from './schedules/schedule.ts';
