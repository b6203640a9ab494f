export { encodePng, type PixelImage } from '../core/png.ts';
export { type Bar, type BarChartOptions, barChart } from './barChart.ts';
export {
  type CalibrationBin,
  type CalibrationChartOptions,
  calibrationBins,
  calibrationChart,
  expectedCalibrationError,
} from './calibration.ts';
export { type ConfusionMatrixChartOptions, confusionMatrixChart, mostConfusionClasses } from './confusionMatrixChart.ts';
export { dataUri } from './dataUri.ts';
export { type Bins, type HistogramChartOptions, histogramBins, histogramChart } from './histogramChart.ts';
export { type LineChartOptions, type LineMark, lineChart, type Series } from './lineChart.ts';
export { type DiagramNode, type NetworkDiagramOptions, networkDiagram } from './networkDiagram.ts';
export { formatShare, formatValue } from './numbers.ts';
export {
  averagePrecision,
  type PrecisionRecallPoints,
  precisionRecallPoints,
  type RocPoints,
  rocArea,
  rocPoints,
  type Truths,
} from './ranking.ts';
export { precisionRecallCurve, type Ranking, type RankingChartOptions, rocCurve } from './rankingCharts.ts';
export type { ScaleKind } from './scale.ts';
export { type PointSeries, type ResidualChartOptions, residualChart, type ScatterChartOptions, scatterChart } from './scatterChart.ts';
export type { PictureOptions } from './svg.ts';
export { type TerminalBarsOptions, type TerminalLineOptions, terminalBars, terminalLine } from './terminal.ts';
export { escaped as escapedText, plainText } from './text.ts';
export { type WaveformChartOptions, waveformChart } from './waveformChart.ts';
