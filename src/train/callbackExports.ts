/** The callbacks, as `callbacks.earlyStopping({ patience: 3 })`. */
export { backupAndRestore, checkpoints } from './callbacks/checkpoints.ts';
export { csvLogger } from './callbacks/csvLogger.ts';
export { earlyStopping } from './callbacks/earlyStopping.ts';
export { history } from './callbacks/history.ts';
export { jsonLogger } from './callbacks/jsonLogger.ts';
export { lambda } from './callbacks/lambda.ts';
export { learningRateFinder } from './callbacks/learningRateFinder.ts';
export { learningRateScheduler } from './callbacks/learningRateScheduler.ts';
export { modelCheckpoint } from './callbacks/modelCheckpoint.ts';
export { progbarLogger } from './callbacks/progbarLogger.ts';
export { reduceLrOnPlateau } from './callbacks/reduceLrOnPlateau.ts';
export { remoteMonitor } from './callbacks/remoteMonitor.ts';
export { swapEmaWeights } from './callbacks/swapEmaWeights.ts';
export { tensorBoard } from './callbacks/tensorBoard.ts';
export { terminateOnNaN } from './callbacks/terminateOnNaN.ts';
