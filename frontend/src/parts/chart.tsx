// ECharts as an image with a text beside it: SVG, no animation, sized by its box. Loaded only by pages with charts.
import { BarChart, CustomChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([BarChart, CustomChart, GridComponent, LineChart, SVGRenderer, TooltipComponent]);

interface Props {
  option: EChartsCoreOption;
  label: string;
  height: number;
  onSelect?: (index: number) => void;
}

export default function Chart({ option, label, height, onSelect }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const select = useRef(onSelect);
  select.current = onSelect;

  useEffect(() => {
    if (!box.current) return;
    const chart = init(box.current, null, { renderer: "svg" });
    // Text is measured with the font's name, and room for it is made by that measure.
    const { fontFamily } = getComputedStyle(box.current);
    chart.setOption({ animation: false, ...option, textStyle: { ...(option["textStyle"] ?? {}), fontFamily } });
    chart.on("click", ({ dataIndex }) => select.current?.(dataIndex));
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [option]);

  // The drawing does not hold its box open: it shrinks with what is around it.
  return (
    <div role="img" aria-label={label} style={{ height, width: "100%", position: "relative" }}>
      <div ref={box} style={{ position: "absolute", inset: 0 }} />
    </div>
  );
}
