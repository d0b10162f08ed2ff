// SPDX-License-Identifier: BSD-3-Clause
// The parts of ECharts that the charts use.
import { init, use } from 'echarts/core';
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { DataZoomInsideComponent, DataZoomSliderComponent, GraphicComponent, GridComponent, TooltipComponent }
  from 'echarts/components';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

use([BarChart, CustomChart, LineChart, ScatterChart, DataZoomInsideComponent, DataZoomSliderComponent,
  GraphicComponent, GridComponent, TooltipComponent, CanvasRenderer, SVGRenderer]);

export { init };
