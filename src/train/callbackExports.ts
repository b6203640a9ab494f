/** The callbacks, as `callbacks.earlyStopping({ patience: 3 })`. */
export { earlyStopping } from './callbacks/earlyStopping.ts';
export { learningRateScheduler } from './callbacks/learningRateScheduler.ts';
export { modelCheckpoint } from './callbacks/modelCheckpoint.ts';
export { reduceLrOnPlateau } from './callbacks/reduceLrOnPlateau.ts';
