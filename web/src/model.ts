// SPDX-License-Identifier: BSD-3-Clause
// The report as JSON, written by phreatic/report/model.cpp; names and meanings as in figures.hpp and report.hpp.

export interface Packed { n: number; enc: 'f4' | 'q4'; scale?: number; data: string }
export type Series = (number | null)[] | Packed;
export interface Quantity { name: string; unit: string; digits: number }
export type Limits = [number | null, number | null];
export interface Mark { label: string; value: number | null }
export interface NamedSeries { name: string; values: Series }
export type Role = 'model' | 'other' | 'baseline';
export interface Axis { first: number; unit: 'hour' | 'day' | 'month'; count: number; size: number }
export type PeriodKind = 'training' | 'validation' | 'test' | 'freezing' | 'thawing';
export interface Period { kind: PeriodKind; start: number; end: number }

export interface Hydrograph {
  type: 'hydrograph'; entity: string; detail: string; quantity: Quantity; downward: boolean; axis: Axis;
  observed: Series; simulated: Series; lower: Series; upper: Series; band_level: number; baselines: NamedSeries[];
  precipitation_quantity: Quantity; precipitation: Series; periods: Period[];
}
export interface MapPoint {
  entity: string; x: number | null; y: number | null; value: number | null; category: number;
}
export interface Polyline { x: Series; y: Series; closed: boolean }
export interface PointMap {
  type: 'map'; noun: string; quantity: Quantity; limits: Limits; categories: string[]; diverging: boolean; projected: boolean;
  reference_system: string; points: MapPoint[]; rivers: Polyline[];
}
export interface FieldMap {
  type: 'field'; quantity: Quantity; limits: Limits; diverging: boolean; log_scale: boolean; projected: boolean; reference_system: string;
  columns: number; rows: number; left: number; top: number; cell_width: number; cell_height: number; block: number; times: string[];
  values: Series; outside: Series; lines: Polyline[]; points: MapPoint[]; cell_entity: Series; entities: string[];
}
export interface SkillDistribution {
  type: 'distribution'; noun: string; quantity: Quantity; limits: Limits;
  items: { name: string; role: Role; values: Series }[]; marks: Mark[];
}
export interface LearningCurves {
  type: 'learning'; loss: Quantity; log_scale: boolean;
  curves: { name: string; training: Series; validation: Series; best_epoch: number }[];
}
export interface Coverage {
  type: 'coverage'; noun: string; variable: string; nominal: Series; actual: Series; main_level: number; entities: string[];
  entity_actual: Series; entity_width: Series; width_quantity: Quantity;
}
export interface Completeness {
  type: 'completeness'; quantity: Quantity; labels: string[]; difference: Series; attribution_sum: Series;
  tolerance: number | null;
}
export interface AttributionHeatmap {
  type: 'attribution'; entity: string; detail: string; quantity: Quantity; variables: string[]; lags: Series;
  lag_unit: string; values: Series; limits: Limits; magnitude: boolean; half_within: number | null; most_within: number | null; base_value: number | null; prediction: number | null;
  residual: number | null;
}
export interface SeasonalAttribution {
  type: 'seasonal'; entity: string; detail: string; quantity: Quantity; categories: string[]; drivers: NamedSeries[];
  observed: Series; simulated: Series;
}
export interface ClusterSignatures {
  type: 'clusters'; noun: string; quantity: Quantity; rows: string[]; columns: string[];
  clusters: { name: string; evidence: string; size: number; mean: Series; share: Series }[];
}
export interface Waterfall {
  type: 'waterfall'; entity: string; detail: string; quantity: Quantity; base_value: number | null;
  drivers: string[]; values: Series; prediction: number | null; observed: number | null;
}
export interface Beeswarm {
  type: 'beeswarm'; noun: string; quantity: Quantity; features: string[]; labels: string[]; values: Series; levels: Series;
}
export interface Bars {
  type: 'bars'; quantity: Quantity; categories: string[]; groups: NamedSeries[]; low: Series[]; high: Series[]; stacked: boolean;
  horizontal: boolean; marks: Mark[];
}
export interface BoxPlot {
  type: 'boxes'; noun: string; quantity: Quantity; category_name: string; categories: string[];
  groups: { name: string; values: Series[]; labels: string[][] }[]; limits: Limits; marks: Mark[];
}
export interface Scatter {
  type: 'scatter'; x: Quantity; y: Quantity; x_names: string[]; groups: { name: string; labels: string[]; x: Series; y: Series }[];
  one_to_one: boolean; fit_x: Series; fit_y: Series; fit_low: Series; fit_high: Series; note: string;
}
export interface Lines {
  type: 'lines'; x: Quantity; y: Quantity; dates: boolean; log_x: boolean; log_y: boolean; points: boolean;
  lines: { name: string; role: Role; x: Series; y: Series; low: Series; high: Series }[];
  x_marks: Mark[]; y_marks: Mark[];
}
export interface Heatmap {
  type: 'heatmap'; quantity: Quantity; row_name: string; column_name: string; rows: string[]; columns: string[];
  values: Series; diverging: boolean; show_values: boolean; hexagonal: boolean; limits: Limits;
}
export interface Column { name: string; unit: string; digits: number; help: string; numeric: boolean; bar: boolean;
  cells: Series | string[] }
export interface Table { type: 'table'; columns: Column[]; rows: number; entity_column: number; sort_column: number;
  descending: boolean }

export type Content = Hydrograph | PointMap | FieldMap | SkillDistribution | LearningCurves | Coverage | Completeness |
  AttributionHeatmap | SeasonalAttribution | ClusterSignatures | Waterfall | Beeswarm | Bars | BoxPlot | Scatter | Lines | Heatmap | Table;

export interface Figure { id: string; heading: string; caption: string; alt: string; content: Content }
export interface Section { id: string; heading: string; paragraphs: string[]; figures: Figure[] }
export interface Panel { entity: string; facts: [string, string][]; warnings: string[]; hydrograph: Hydrograph | null;
  figures: Figure[] }
export interface Panels { id: string; noun: string; heading: string; paragraphs: string[]; panels: Panel[]; table?: Figure }
export interface Report {
  version: number; title: string; subtitle: string; finding: string; warnings: string[]; notes: string[]; sections: Section[];
  panels: Panels;
  provenance: { facts: [string, string][]; command: string; study: string };
}
